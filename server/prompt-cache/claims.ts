import { setTimeout as wait } from 'node:timers/promises'
import { Away, type Clock, type IdSource, type Log } from '#kit'
import type { AnswerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import type { KeptAnswer } from './kept-answer.ts'

/** The answer that another process just made, or the task to make it. */
export type ClaimOutcome =
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  | {
      readonly kind: 'claimed'
      /** To be called once the answer was kept, or will not be: whoever waits for it goes on. Never rejects. */
      release(): Promise<void>
    }

export interface Claims {
  /** See `PromptCache.claim`. */
  claim(key: AnswerKey, signal: AbortSignal): Promise<ClaimOutcome>
  /** Renews no lease any more. */
  close(): void
}

export interface ClaimsDeps {
  readonly store: AnswerStore
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

/** A wait for somebody else's answer delays the first token by this much at most, which is less than most answers take. */
const longestWaitMs = 2_000
/** Nobody reads a difference of 50 ms, and 40 looks a wait are nothing to a store. */
const pollMs = 50
/** The claims of a process that died end after this time, and those of one that lives are renewed well before. */
const leaseMs = 3_000
const renewMs = 1_000

/** Claims on making answers, as leases in the store: at most one process holds each. */
export function createClaims({ store, clock, log, newId }: ClaimsDeps): Claims {
  const renewals = new Set<NodeJS.Timeout>()

  /** A store that is away must not keep anybody from generating. */
  async function orElse<Value, Other>(work: Promise<Value>, otherwise: Other): Promise<Value | Other> {
    try {
      return await work
    } catch (error) {
      if (!(error instanceof Away)) log.error({ error }, 'a claim failed by a bug')
      return otherwise
    }
  }

  function hold(key: AnswerKey, holder: string): ClaimOutcome {
    const renewal = setInterval(async () => {
      if (!(await orElse(store.renew(key, holder, leaseMs), true))) end()
    }, renewMs)
    renewal.unref()
    renewals.add(renewal)
    function end(): void {
      clearInterval(renewal)
      renewals.delete(renewal)
    }
    return {
      kind: 'claimed',
      release() {
        end()
        return orElse(store.release(key, holder), undefined)
      },
    }
  }

  return {
    async claim(key, signal) {
      const holder = newId()
      for (const deadline = clock.elapsed() + longestWaitMs; ; ) {
        const held = await orElse(store.acquire(key, holder, leaseMs), 'away' as const)
        if (held === 'away') return unheld
        // Also with the lease in hand: its last holder may have kept the answer since the caller looked.
        const answer = await orElse(store.read(key), undefined)
        if (answer !== undefined) {
          if (held) await orElse(store.release(key, holder), undefined)
          return { kind: 'answered', answer }
        }
        if (held) return hold(key, holder)
        if (signal.aborted || clock.elapsed() + pollMs > deadline) return unheld
        await wait(pollMs, undefined, { signal }).catch(() => {}) // an abort is seen above, after one more look
      }
    },
    close() {
      for (const renewal of renewals) clearInterval(renewal)
      renewals.clear()
    },
  }
}

/** Leave to generate, without a lease. */
const unheld: ClaimOutcome = { kind: 'claimed', release: async () => {} }
