import { createHash, randomBytes } from 'node:crypto'

/** What stands in a one-time link, and what is kept of it. */
export interface OneTimeToken {
  readonly token: string
  readonly hash: string
}

/** 256 random bits: nobody guesses it, so a fast hash is enough. */
export function newOneTimeToken(): OneTimeToken {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOneTimeToken(token) }
}

export const hashOneTimeToken = (token: string): string => createHash('sha256').update(token).digest('base64url')
