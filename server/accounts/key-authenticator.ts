import { createHash } from 'node:crypto'
import type { Clock } from '#kit'
import type { Directory, KeyHolder } from '#store'
import { createBelieved } from './believed.ts'
import type { Principal } from './principal.ts'

export interface KeyAuthenticator {
  /** Whom the key stands for; undefined for one that is unknown, expired or revoked. */
  authenticate(key: string): Promise<Principal | undefined>
}

/** The SHA-256 under which a key is stored. Keys are long and random, so a fast hash is enough. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()

export function createKeyAuthenticator(directory: Directory, clock: Clock): KeyAuthenticator {
  const holders = createBelieved(hash => directory.keyHolder(Buffer.from(hash, 'base64')), clock)
  return {
    async authenticate(key) {
      return toPrincipal(await holders.get(hashKey(key).toString('base64')), clock)
    },
  }
}

function toPrincipal(holder: KeyHolder | undefined, clock: Clock): Principal | undefined {
  if (holder === undefined) return undefined
  if (holder.expiresAt !== null && holder.expiresAt.getTime() <= clock.now()) return undefined
  return { userId: holder.userId, admin: holder.admin, sessionId: undefined }
}
