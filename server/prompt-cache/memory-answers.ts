import type { Clock } from '#kit'
import type { AnswerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import { createForgottenConversations, forgottenForMs } from './forgotten-conversations.ts'
import type { KeptAnswer } from './kept-answer.ts'

/** What all answers together may take of this process's memory. */
const mostBytes = 64 * 1_024 * 1_024

interface Entry {
  readonly answer: KeptAnswer
  readonly conversationId: string
  readonly bytes: number
  readonly expiresAt: number
}

/** Answers in this process's memory; what was not read for longest makes room. Never away, never waits. */
export function createMemoryAnswers({ ttlMs, clock }: { readonly ttlMs: number; readonly clock: Clock }): AnswerStore {
  // A map keeps the order of insertion: whatever is used moves to its end, so the first is the longest unused.
  const entries = new Map<AnswerKey, Entry>()
  const keysOf = new Map<string, Set<AnswerKey>>()
  const forgotten = createForgottenConversations(clock, forgottenForMs(ttlMs))
  const leases = new Map<AnswerKey, { readonly holder: string; readonly expiresAt: number }>()
  let bytes = 0

  function remove(key: AnswerKey): void {
    const entry = entries.get(key)
    if (entry === undefined) return
    entries.delete(key)
    bytes -= entry.bytes
    const keys = keysOf.get(entry.conversationId)
    keys?.delete(key)
    if (keys?.size === 0) keysOf.delete(entry.conversationId)
  }

  function makeRoom(): void {
    for (const key of entries.keys()) {
      if (bytes <= mostBytes) return
      remove(key)
    }
  }

  function leaseOf(key: AnswerKey) {
    const lease = leases.get(key)
    return lease !== undefined && lease.expiresAt > clock.elapsed() ? lease : undefined
  }

  return {
    async read(key) {
      const entry = entries.get(key)
      if (entry === undefined) return undefined
      if (entry.expiresAt <= clock.elapsed()) {
        remove(key)
        return undefined
      }
      entries.delete(key)
      entries.set(key, entry)
      return entry.answer
    },
    async write(key, answer, conversationId) {
      if (forgotten.has(conversationId)) return
      remove(key)
      const entry = { answer, conversationId, bytes: bytesOf(answer), expiresAt: clock.elapsed() + ttlMs }
      entries.set(key, entry)
      bytes += entry.bytes
      const keys = keysOf.get(conversationId)
      if (keys === undefined) keysOf.set(conversationId, new Set([key]))
      else keys.add(key)
      makeRoom()
    },
    async forget(conversationId) {
      forgotten.add(conversationId)
      for (const key of keysOf.get(conversationId) ?? []) remove(key)
    },
    async acquire(key, holder, leaseMs) {
      if (leaseOf(key) !== undefined) return false
      leases.set(key, { holder, expiresAt: clock.elapsed() + leaseMs })
      return true
    },
    async renew(key, holder, leaseMs) {
      if (leaseOf(key)?.holder !== holder) return false
      leases.set(key, { holder, expiresAt: clock.elapsed() + leaseMs })
      return true
    },
    async release(key, holder) {
      if (leases.get(key)?.holder === holder) leases.delete(key)
    },
    async close() {},
  }
}

/** Two bytes a character, as V8 keeps text beyond Latin-1, and what the rest of an entry takes at most. */
const bytesOf = ({ content }: KeptAnswer) => 2 * content.length + 1_024
