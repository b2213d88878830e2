import { isIP } from 'node:net'
import { z } from 'zod'

/**
 * The kinds of value a setting can have. Each knows the words for itself, which the list of mistakes and the
 * documentation share, and reads a value from YAML as well as from the environment, where everything is text.
 */
export type Kind<T> = z.ZodPipe<z.ZodUnknown, z.ZodTransform<T, unknown>>

/** What a kind tells about itself, found in the schema library's metadata. */
export interface KindNotes {
  /** The words behind "must be". */
  readonly words: string
}

interface KindOptions {
  /** A value that is never shown, not even when it is wrong. */
  readonly secret?: boolean
}

function kind<T>(words: string, read: (written: unknown) => T | undefined, { secret = false }: KindOptions = {}) {
  const schema: Kind<T> = z.unknown().transform((written, context): T => {
    const value = written === undefined ? undefined : read(written)
    if (value !== undefined) return value
    const message = written === undefined ? `must be set: ${words}` : `must be ${words}`
    context.issues.push({ code: 'custom', input: written, message, params: { secret } })
    return z.NEVER
  })
  return schema.meta({ words } satisfies KindNotes)
}

const textWhere = (words: string, fits: (text: string) => boolean, options?: KindOptions) =>
  kind(words, written => (typeof written === 'string' && fits(written) ? written : undefined), options)

export const text = (words = 'text') => textWhere(words, written => written.trim() !== '')

/** Text of one shape, which the words describe. */
export const textLike = (words: string, pattern: RegExp) => textWhere(words, written => pattern.test(written))

/** A password: any characters, never shown. */
export const password = (shortest: number) =>
  textWhere(
    shortest > 1 ? `text of at least ${shortest} characters` : 'text',
    written => [...written].length >= shortest,
    { secret: true },
  )

/** A key or token that travels in an HTTP header; never shown. */
export const key = (shortest: number) =>
  textWhere(
    shortest > 1 ? `at least ${shortest} printable ASCII characters without spaces` : 'ASCII text without spaces',
    written => written.length >= shortest && /^[\x21-\x7e]+$/.test(written),
    { secret: true },
  )

/** Secrets of at least `shortest` characters with commas between, the one in use first; never shown. */
export const secretList = (shortest: number) =>
  kind(
    `secrets of at least ${shortest} characters each, with commas between`,
    written => {
      if (typeof written !== 'string') return undefined
      const secrets = written.split(',').map(secret => secret.trim())
      return secrets.every(secret => secret.length >= shortest) ? secrets : undefined
    },
    { secret: true },
  )

export const choice = <const Name extends string>(...names: readonly Name[]) =>
  kind(`one of ${names.join(', ')}`, written => names.find(name => name === written))

export const flag = () =>
  kind('true or false', written => {
    if (typeof written === 'boolean') return written
    return written === 'true' ? true : written === 'false' ? false : undefined
  })

export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  kind(`a whole number ${range(least, most)}`, written => {
    const number = readNumber(written)
    return number !== undefined && Number.isSafeInteger(number) && number >= least && number <= most
      ? number
      : undefined
  })

/** A whole number, or the word that stands for one that only this machine knows. */
export const wholeNumberOr = <Word extends string>(word: Word, least: number, most: number) =>
  kind<number | Word>(`a whole number ${range(least, most)}, or "${word}"`, written => {
    if (written === word) return word
    const number = readNumber(written)
    return number !== undefined && Number.isSafeInteger(number) && number >= least && number <= most
      ? number
      : undefined
  })

export const number = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  kind(`a number ${range(least, most)}`, written => {
    const value = readNumber(written)
    return value !== undefined && value >= least && value <= most ? value : undefined
  })

const range = (least: number, most: number) =>
  most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`

function readNumber(written: unknown): number | undefined {
  if (typeof written === 'number') return Number.isFinite(written) ? written : undefined
  return typeof written === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(written) ? Number(written) : undefined
}

const dayMs = 86_400_000

/** In milliseconds. */
export const retention = () =>
  kind('"forever" or a number of days such as 400d', (written): number | 'forever' | undefined => {
    if (written === 'forever') return written
    const days = typeof written === 'string' ? Number(/^(\d{1,5})d$/.exec(written)?.[1]) : Number.NaN
    return days >= 1 ? days * dayMs : undefined
  })

/** An endpoint's base address, without a slash at its end. */
export const webAddress = () =>
  kind('an http or https address without user name, query or fragment', written => {
    const url = readWebAddress(written)
    return url?.href.replace(/\/+$/, '')
  })

/** The part of an address that a browser calls its origin. */
export const webOrigin = () =>
  kind('an http or https address without a path', written => {
    const url = readWebAddress(written)
    return url?.pathname === '/' ? url : undefined
  })

function readWebAddress(written: unknown): URL | undefined {
  const url = typeof written === 'string' ? URL.parse(written) : null
  if (url === null || !/^https?:\/\//i.test(String(written).trim())) return undefined
  return url.username || url.password || /[?#]/.test(url.href) ? undefined : url
}

/** A service's address, which may carry its password; never shown. */
export const serviceAddress = (...schemes: readonly string[]) =>
  textWhere(
    `an address that begins with ${schemes.map(scheme => `${scheme}://`).join(' or ')}`,
    written => new RegExp(`^(${schemes.join('|')})://\\S+$`).test(written),
    { secret: true },
  )

export const emailAddress = () => textWhere('an e-mail address', written => z.email().safeParse(written).success)

export const hostName = () => textLike('a host name, without scheme, port or path', new RegExp(`^${host}$`, 'u'))

/** A host that a browser may fetch from: `*.` at its front stands for every subdomain. */
export const hostPattern = () =>
  textLike('a host name such as example.com or *.example.com:8443', new RegExp(`^(\\*\\.)?${host}(:\\d{1,5})?$`, 'u'))

const host = '[\\p{L}\\p{N}]([\\p{L}\\p{N}.-]*[\\p{L}\\p{N}])?'

export const listenAddress = () => textLike('an IP address or a host name', /^[^\s/]+$/)

/** `10.0.0.0/8`, `::1`, or the name of a range that every machine has. */
export const network = () =>
  textWhere('an IP address, a network such as 10.0.0.0/8, or one of loopback, linklocal, uniquelocal', written => {
    if (['loopback', 'linklocal', 'uniquelocal'].includes(written)) return true
    const [address = '', bits = '0', ...more] = written.split('/')
    const widest = isIP(address) === 4 ? 32 : 128
    return isIP(address) !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= widest
  })
