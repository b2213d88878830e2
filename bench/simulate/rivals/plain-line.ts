import type {
  AdmissionQueue,
  AdmissionQueueOptions,
  QueueTicket,
  Start,
} from '../../../server/llm-router/decide/admission-queue.ts'
import type { Asker } from '../../../server/llm-router/decide/admission-ranks.ts'

/** The same bound as ours, for everybody. */
const mostMs = 5_000
const newestWeight = 0.05
const leastRetryMs = 1_000

interface Waiting {
  readonly ticket: QueueTicket
  readonly start: Start
}

/**
 * Who comes first goes first. It refuses who would wait longer than ours lets anybody wait, by the same rule (Little's law),
 * and knows neither users nor classes, nor how far its predictions were off.
 */
export function createPlainLine({ outlook }: AdmissionQueueOptions): AdmissionQueue {
  const waiting: Waiting[] = []
  let meanMs: number | undefined

  function advance(): void {
    for (let next = waiting[0]; next !== undefined && next.start() === 'started'; next = waiting[0]) waiting.shift()
  }

  function excessMs(asker: Asker, now: number): number {
    const { slots, free, firstTokenMs } = outlook(asker.model, asker, now)
    const turn = Math.max(0, waiting.length + 1 - free)
    return (turn * (meanMs ?? 0)) / slots + (firstTokenMs ?? 0) - mostMs
  }

  function createTicket(): QueueTicket {
    const ticket: QueueTicket = {
      enter(start) {
        waiting.push({ ticket, start })
        advance()
      },
      ended(spent) {
        const heldMs = spent?.heldMs
        if (heldMs !== undefined) meanMs = meanMs === undefined ? heldMs : meanMs + newestWeight * (heldMs - meanMs)
        advance()
      },
      release() {
        const place = waiting.findIndex(other => other.ticket === ticket)
        if (place === -1) return
        waiting.splice(place, 1)
        advance()
      },
    }
    return ticket
  }

  return {
    admit(asker, now) {
      const excess = excessMs(asker, now)
      return excess <= 0
        ? { ticket: createTicket() }
        : { ticket: undefined, retryAfterMs: Math.max(leastRetryMs, excess) }
    },
    admitAnyway: createTicket,
    advance,
    places: () => new Map(),
    waitingFor: () => waiting.length,
    get waiting() {
      return waiting.length
    },
  }
}
