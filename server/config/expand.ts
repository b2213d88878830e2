import type { SettingMistake, SettingPath } from './mistake.ts'

/** Where `${NAME}` and `${file:path}` find their text. */
export interface ExpansionSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** A path as written, also a relative one. Throws what `fs.readFileSync` would. */
  readFile(path: string): string
}

export interface Expansion {
  /** As was given, with every text expanded; what could not be is as it was written. */
  readonly value: unknown
  /** They name variables and files, never what is in them. */
  readonly mistakes: readonly SettingMistake[]
}

/**
 * Puts environment variables (`${NAME}`) and the content of files (`${file:path}`, without the line break at its end) into
 * every text of a value. `$${` stands for a plain `${`. What is put in is not expanded again. A variable that is empty
 * counts as not set, since that is what deployment tools make of a forgotten one.
 */
export function expand(value: unknown, sources: ExpansionSources): Expansion {
  const mistakes: SettingMistake[] = []

  function walk(part: unknown, path: SettingPath): unknown {
    if (typeof part === 'string') return expandText(part, path)
    if (Array.isArray(part)) return part.map((item, index) => walk(item, [...path, index]))
    if (typeof part !== 'object' || part === null) return part
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, walk(inner, [...path, key])]))
  }

  function expandText(text: string, path: SettingPath): string {
    return text.replaceAll(placeholder, (written: string, reference?: string) => {
      if (written === escaped) return unescaped
      const found = lookUp(reference, sources)
      if ('text' in found) return found.text
      mistakes.push({ path, message: found.missing })
      return written
    })
  }

  return { value: walk(value, []), mistakes }
}

const escaped = `$\${`
const unescaped = `\${`
const placeholder = /\$\$\{|\$\{(?:([^{}]*)\})?/g

type Found = { readonly text: string } | { readonly missing: string }

function lookUp(reference: string | undefined, { env, readFile }: ExpansionSources): Found {
  const path = /^file:(.+)$/.exec(reference ?? '')?.[1]
  if (path !== undefined) return readSecretFile(path, readFile)
  if (reference === undefined || !/^[A-Za-z_]\w*$/.test(reference))
    return { missing: `holds a "\${" that is neither \${NAME} nor \${file:path}; write "$\${" for a plain one` }
  const text = env[reference]
  return text ? { text } : { missing: `the environment variable ${reference} is not set` }
}

function readSecretFile(path: string, readFile: (path: string) => string): Found {
  try {
    const text = readFile(path).replace(/\r?\n$/, '')
    return text === '' ? { missing: `the file ${path} is empty` } : { text }
  } catch (error) {
    return { missing: `the file ${path} cannot be read: ${reasonOf(error)}` }
  }
}

export const noSuchFile = 'there is no such file'

/** Why a file cannot be read, in a few words. */
export function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? (code || 'unknown reason')
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: noSuchFile,
  ENOTDIR: noSuchFile,
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EISDIR: 'it is a folder',
}
