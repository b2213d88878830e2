import type { z } from 'zod'
import { type SettingMistake, type SettingPath, showWritten } from './mistake.ts'

/**
 * The schema's findings in an operator's words. `written` is the text's own value, before anything was expanded: what is
 * shown of it is what the operator can see in the file, never what a variable or a secret file held.
 */
export const toMistakes = (error: z.ZodError, written: unknown): SettingMistake[] =>
  error.issues.flatMap(issue => {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n')
      return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? issue.message }))
    }
    const shown = showsValue(issue) ? showWritten(valueAt(written, path), issue.code === 'invalid_type') : undefined
    return [{ path, message: shown === undefined ? issue.message : `${issue.message} (${shown})` }]
  })

/** Not a secret, and not a rule between settings, which is about more than one value. */
const showsValue = (issue: z.core.$ZodIssue) =>
  issue.code === 'custom' ? !issue.params?.secret && !issue.params?.rule : issue.code === 'invalid_type'

/** What was written for a setting; undefined where nothing was. */
export function valueAt(written: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (part, key) =>
      typeof part === 'object' && part !== null ? Object.getOwnPropertyDescriptor(part, key)?.value : undefined,
    written,
  )
}
