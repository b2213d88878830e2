/** Where a setting stands: keys and list positions from the top of the file. */
export type SettingPath = readonly (string | number)[]

/** One thing wrong with a setting. Never holds a secret's value. */
export interface SettingMistake {
  /** Empty where the mistake belongs to no single setting. */
  readonly path: SettingPath
  /** What it must be instead, in words that fit behind the setting's name. */
  readonly message: string
}

/** One thing wrong in a text. */
export interface LocatedMistake extends SettingMistake {
  /** 1 is the first line; undefined where the mistake belongs to the whole text. */
  readonly line: number | undefined
}

/** One thing wrong with the configuration. */
export interface Mistake extends LocatedMistake {
  /** As the operator named it; undefined for the environment. */
  readonly file: string | undefined
}

/** Keeps a file that is no configuration at all from flooding the terminal. */
const mostShown = 100

/** The configuration cannot be used. The message lists every mistake, one a line, the environment's first. */
export class ConfigError extends Error {
  readonly mistakes: readonly Mistake[]
  /** Those of the message, each with the line of the file that it is about. */
  readonly lines: readonly { readonly line: number | undefined; readonly text: string }[]

  constructor(mistakes: readonly Mistake[]) {
    const sorted = mistakes.toSorted((a, b) => position(a) - position(b))
    const shown = sorted.slice(0, mostShown).map(mistake => ({ line: mistake.line, text: describeMistake(mistake) }))
    const more = sorted.length - shown.length
    const lines = more > 0 ? [...shown, { line: undefined, text: `... and ${more} more` }] : shown
    super(lines.map(({ text }) => text).join('\n'))
    this.name = 'ConfigError'
    this.mistakes = sorted
    this.lines = lines
  }
}

const position = ({ file, line }: Mistake) => (file === undefined ? -1 : (line ?? 0))

function describeMistake({ file, line, path, message }: Mistake): string {
  const place = line === undefined ? file : `${file}:${line}`
  const setting = path.length === 0 ? undefined : nameOf(path)
  return [place, setting, message].filter(part => part !== undefined).join(': ')
}

/** `clusters[0].api_key`, `models["llama-3.3-70b"].context`. */
function nameOf(path: SettingPath): string {
  const parts = path.map(part => {
    if (typeof part === 'number') return `[${part}]`
    return /^[A-Za-z_][\w-]*$/.test(part) ? `.${shorten(part)}` : `[${quote(part)}]`
  })
  return parts.join('').replace(/^\./, '')
}

/**
 * A wrong value as it was written, for the end of a mistake; undefined where it may not be shown. An address that carries
 * a password or a query is a secret wherever it stands. Of a text where a map or a list belongs nobody can tell what
 * it was meant for, so `kindOnly` says no more than that.
 */
export function showWritten(written: unknown, kindOnly: boolean): string | undefined {
  if (written === undefined) return undefined
  if (Array.isArray(written)) return 'is a list'
  if (typeof written === 'object' && written !== null) return 'is a map'
  if (kindOnly) return `is ${typeof written === 'string' ? 'text' : `a ${typeof written}`}`
  if (typeof written !== 'string') return `is ${typeof written === 'number' ? 'the number ' : ''}${written}`
  return /:\S*@|[?&]\S+=/.test(written) ? undefined : `is ${quote(written)}`
}

const quote = (text: string) => JSON.stringify(shorten(text))
const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}...` : text)
