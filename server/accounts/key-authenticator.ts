import { createHash } from 'node:crypto'
import type { Clock } from '#kit'
import type { Directory, KeyHolder } from '#store'

/** The caller of a request. */
export interface Principal {
  readonly userId: string
  readonly keyId: string
  readonly admin: boolean
}

export interface KeyAuthenticator {
  /** Whom the key stands for; undefined for one that is unknown, expired or revoked. */
  authenticate(key: string): Promise<Principal | undefined>
}

/** How long an answer is believed: a revoked key works no longer than this; sockets add as much, of the 5 s the contract allows. */
const believedMs = 2_000
/** Answers kept at most, good and bad together, so that a flood of invented keys costs a bounded amount of memory. */
const mostKept = 10_000

interface Kept {
  readonly holder: KeyHolder | undefined
  readonly until: number
}

/** The SHA-256 under which a key is stored. Keys are long and random, so a fast hash is enough. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

export function createKeyAuthenticator(directory: Directory, clock: Clock): KeyAuthenticator {
  const kept = new Map<string, Kept>()
  const lookUps = new Map<string, Promise<KeyHolder | undefined>>()

  function keep(id: string, holder: KeyHolder | undefined): void {
    kept.delete(id)
    const oldest = kept.size >= mostKept ? kept.keys().next().value : undefined
    if (oldest !== undefined) kept.delete(oldest)
    kept.set(id, { holder, until: clock.elapsed() + believedMs })
  }

  /** One look-up at a time per key, however many requests ask for it. */
  function lookUp(id: string, hash: Buffer): Promise<KeyHolder | undefined> {
    const underWay = lookUps.get(id)
    if (underWay !== undefined) return underWay
    const fresh = directory.keyHolder(hash).finally(() => lookUps.delete(id))
    lookUps.set(id, fresh)
    return fresh
  }

  return {
    async authenticate(key) {
      const hash = hashKey(key)
      const id = hash.toString('base64')
      const known = kept.get(id)
      if (known !== undefined && clock.elapsed() < known.until) return toPrincipal(known.holder, clock)
      const holder = await lookUp(id, hash)
      keep(id, holder)
      return toPrincipal(holder, clock)
    },
  }
}

function toPrincipal(holder: KeyHolder | undefined, clock: Clock): Principal | undefined {
  if (holder === undefined) return undefined
  if (holder.expiresAt !== null && holder.expiresAt.getTime() <= clock.now()) return undefined
  return { userId: holder.userId, keyId: holder.keyId, admin: holder.admin }
}
