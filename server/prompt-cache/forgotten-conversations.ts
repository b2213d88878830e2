import type { Clock } from '#kit'

/** The conversations that were forgotten lately, as one process remembers them. */
export interface ForgottenConversations {
  add(conversationId: string): void
  has(conversationId: string): boolean
  all(): readonly string[]
}

/** A turn of a forgotten conversation may run on for 600 s and keep its answer only then. */
const longestTurnMs = 900_000

/**
 * For how long a forgotten conversation must be remembered: until each of its answers has expired and none can come any
 * more, in milliseconds.
 */
export const forgottenForMs = (ttlMs: number) => Math.max(ttlMs, longestTurnMs)

/** Holds what was forgotten within `keepMs`, about 100 bytes each. */
export function createForgottenConversations(clock: Clock, keepMs: number): ForgottenConversations {
  // In the order of their expiry, since all are kept for the same time.
  const until = new Map<string, number>()

  function sweep(): void {
    const now = clock.elapsed()
    for (const [conversationId, expiresAt] of until) {
      if (expiresAt > now) return
      until.delete(conversationId)
    }
  }

  return {
    add(conversationId) {
      sweep()
      until.delete(conversationId)
      until.set(conversationId, clock.elapsed() + keepMs)
    },
    has(conversationId) {
      sweep()
      return until.has(conversationId)
    },
    all() {
      sweep()
      return [...until.keys()]
    },
  }
}
