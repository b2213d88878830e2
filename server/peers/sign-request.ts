import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'

/** Signs what one process asks of another, and knows a signature of its kind. */
export interface RequestSigner {
  /** The value of the header `authorization` for a request that is sent now. */
  sign(method: string, path: string): string
  /** True for what a process of this instance signed for this very request, at most five minutes ago. */
  verify(method: string, path: string, authorization: string | undefined): boolean
}

/** Clocks of machines differ; a signature that is this old is good for nothing any more. */
const validMs = 300_000

/**
 * HMAC-SHA256 (RFC 2104) over method, path and time, under a key derived from the instance's secret by HKDF (RFC 5869).
 * The first secret signs; all of them verify, so that a secret can be replaced while servers run. `now` in milliseconds
 * since 1970.
 */
export function createRequestSigner(secrets: readonly string[], now: () => number): RequestSigner {
  const keys = secrets.map(secret => Buffer.from(hkdfSync('sha256', secret, '', 'parley.peers', 32)))
  const [current] = keys
  if (current === undefined) throw new Error('no secret')
  const tagOf = (key: Buffer, method: string, path: string, time: string) =>
    createHmac('sha256', key).update(`${method} ${path} ${time}`).digest()
  return {
    sign(method, path) {
      const time = String(now())
      return `Parley ${time}.${tagOf(current, method, path, time).toString('base64url')}`
    },
    verify(method, path, authorization) {
      const [, time, tag] = /^Parley (\d{1,15})\.([\w-]{43})$/.exec(authorization ?? '') ?? []
      if (time === undefined || tag === undefined || Math.abs(now() - Number(time)) > validMs) return false
      const given = Buffer.from(tag, 'base64url')
      return keys.some(key => timingSafeEqual(tagOf(key, method, path, time), given))
    },
  }
}
