import { z } from 'zod'
import { didYouMean } from './did-you-mean.ts'
import type { SettingMistake } from './mistake.ts'

/** A map of known settings. Unknown keys are mistakes. */
export const section = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    // One line per unknown key, in their order: `toMistakes` makes a mistake of each.
    error: issue =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map(key => unknownKey(key, Object.keys(shape))).join('\n')
        : wrongShape('a map', issue.input),
  })

/** A map whose keys are the operator's own names. */
export const mapOf = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string(), value, { error: issue => wrongShape('a map', issue.input) })

export const listOf = <Item extends z.ZodType>(item: Item) =>
  z.array(item, { error: issue => wrongShape('a list', issue.input) })

/**
 * A rule between the settings of one value; paths begin at that value. It is judged also where some of them are wrong, so that every mistake is
 * listed at once; it may therefore rely on a setting being there, but on its value only after looking at its type.
 */
export const rule = <Value>(judge: (value: Value) => Iterable<SettingMistake>) =>
  z.superRefine<Value>(
    (value, context) => {
      for (const { path, message } of judge(value))
        context.addIssue({ code: 'custom', path: [...path], message, params: { rule: true } })
    },
    { when: ({ value }) => typeof value === 'object' && value !== null },
  )

/** Two entries of a list must not share a name. */
export const uniqueNames = rule<readonly { readonly name: unknown }[]>(function* (entries) {
  const seen = new Set<unknown>()
  for (const [index, entry] of entries.entries()) {
    const name: unknown = entry?.name
    if (typeof name === 'string' && seen.has(name))
      yield { path: [index, 'name'], message: 'is taken by an entry above' }
    seen.add(name)
  }
})

const wrongShape = (words: string, written: unknown) =>
  written === undefined ? `must be set: ${words}` : `must be ${words}`

function unknownKey(key: string, known: readonly string[]): string {
  const meant = didYouMean(key, known)
  return meant === undefined ? 'is not a setting' : `is not a setting; did you mean "${meant}"?`
}
