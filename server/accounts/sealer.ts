import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** Seals what the database keeps for us and may not read: keys of clusters, of plugins. */
export interface Sealer {
  /** Each time another sealing of the same text. It opens only under the same `place`: moved elsewhere, it is worthless. */
  seal(text: string, place: string): Buffer
  /** Undefined where none of the secrets sealed it for that place, or it was changed. */
  open(sealed: Buffer, place: string): string | undefined
}

/** Of `[version, nonce, tag, text]`. */
const version = 1
const nonceBytes = 12
const tagBytes = 16
const textStart = 1 + nonceBytes + tagBytes

/**
 * AES-256-GCM (NIST SP 800-38D) under a key derived from the instance's secret by HKDF (RFC 5869). The first secret
 * seals; all of them open, so that a secret can be replaced.
 */
export function createSealer(secrets: readonly string[]): Sealer {
  const keys = secrets.map(secret => Buffer.from(hkdfSync('sha256', secret, '', 'parley.seal', 32)))
  const [current] = keys
  if (current === undefined) throw new Error('no secret')
  return {
    seal(text, place) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(place))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), sealed])
    },
    open(sealed, place) {
      if (sealed[0] !== version || sealed.length < textStart) return undefined
      for (const key of keys) {
        const text = openWith(key, sealed, place)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

function openWith(key: Buffer, sealed: Buffer, place: string): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + nonceBytes))
  decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(1 + nonceBytes, textStart))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(textStart)), decipher.final()]).toString()
  } catch {
    return undefined
  }
}
