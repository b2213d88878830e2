import { createHmac, timingSafeEqual } from 'node:crypto'

/** A session's token out of a cookie whose signature is right. */
export interface SignedToken {
  readonly token: string
  /** Signed with an older secret: the client should get the cookie anew. */
  readonly outdated: boolean
}

/** The cookie that a browser keeps a session in, as the auth library would write and read it. */
export interface SessionCookie {
  readonly name: string
  /** Whether there is such a cookie among them, right or wrong. */
  isIn(cookies: string | undefined): boolean
  /** Undefined where there is none, or it was not signed by this instance. Asks nobody. */
  read(cookies: string | undefined): SignedToken | undefined
  /** The `Set-Cookie` that makes a browser keep this token for 30 days. */
  write(token: string): string
  /** The `Set-Cookie` that makes a browser forget it. */
  clear(): string
}

export const sessionSeconds = 30 * 24 * 3_600

/**
 * The first secret signs, all of them are accepted. Over https the prefix `__Host-` keeps other hosts of the same domain
 * from planting a cookie of theirs (RFC 6265bis, section 4.1.3.2).
 */
export function createSessionCookie(secrets: readonly [string, ...string[]], secure: boolean): SessionCookie {
  const [current, ...older] = secrets
  const name = secure ? '__Host-parley_session' : 'parley_session'
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`

  return {
    name,
    isIn: cookies => findCookie(cookies, name) !== undefined,
    read(cookies) {
      const [, token, signature] = /^([\w-]{1,128})\.([\w+/]{43}=)$/.exec(decoded(findCookie(cookies, name))) ?? []
      if (token === undefined || signature === undefined) return undefined
      if (isSigned(token, signature, current)) return { token, outdated: false }
      return older.some(secret => isSigned(token, signature, secret)) ? { token, outdated: true } : undefined
    },
    write: token =>
      `${name}=${encodeURIComponent(`${token}.${sign(token, current).toString('base64')}`)}; Max-Age=${sessionSeconds}; ${attributes}`,
    clear: () => `${name}=; Max-Age=0; ${attributes}`,
  }
}

const sign = (token: string, secret: string) => createHmac('sha256', secret).update(token).digest()

const isSigned = (token: string, signature: string, secret: string) =>
  timingSafeEqual(Buffer.from(signature, 'base64'), sign(token, secret))

/** The first of that name, as browsers send the most specific one first. */
const findCookie = (cookies: string | undefined, name: string): string | undefined =>
  cookies
    ?.split(';')
    .map(cookie => cookie.trim())
    .find(cookie => cookie.startsWith(`${name}=`))
    ?.slice(name.length + 1)

function decoded(value = ''): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
