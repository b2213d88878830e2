import { type Clock, Fault } from '#kit'
import {
  type AdmissionQueue,
  createAdmissionQueue,
  type Place,
  type QueueTicket,
  type Start,
} from './decide/admission-queue.ts'
import type { Asker } from './decide/admission-ranks.ts'
import type { Speed } from './decide/cluster-load.ts'
import { outlookOf } from './decide/outlook.ts'
import type { Candidate } from './decide/policy.ts'

/** The line in front of the clusters, for promises: it moves when places become free, and looks for itself now and then. */
export interface WaitingLine {
  /** Throws `overloaded`. `name` is what the user calls the model. */
  admit(asker: Asker, name: string): QueueTicket
  /** For one that was accepted before: it waits however long it has to. */
  admitAnyway(asker: Asker): QueueTicket
  /** Gives a ticket back. What waits on it for its start goes on to wait: only an abort ends that. */
  release(ticket: QueueTicket): void
  /** Resolves when it has started. An abort leaves the line at once, and rejects with the signal's reason. */
  untilStarted(ticket: QueueTicket, turn: Turn, signal: AbortSignal): Promise<void>
  /** A place may have become free. */
  advance(): void
  /** How many wait. */
  readonly length: number
  close(): void
}

export interface Turn {
  /** Called when it is its turn: see `QueueTicket`. */
  readonly start: Start
  /** Called now and then while it waits. What it throws ends the wait. */
  readonly onWait: (place: Place) => void
}

export interface WaitingLineDeps {
  /** The clusters that serve what they know by this name. */
  readonly servingName: (model: string) => readonly Candidate[]
  /** Of the pool. */
  readonly prior: () => Speed
  readonly clock: Clock
}

/** What changes by time alone (a pause that is over, a breaker, other processes' work) is seen so soon. */
const lookEveryMs = 250

export function createWaitingLine({ servingName, prior, clock }: WaitingLineDeps): WaitingLine {
  const queue: AdmissionQueue = createAdmissionQueue({
    outlook: (model, promptTokens, now) => outlookOf(servingName(model), promptTokens, prior(), now),
  })
  const waiters = new Map<QueueTicket, (place: Place) => void>()
  let timer: NodeJS.Timeout | undefined

  function look(): void {
    const now = clock.elapsed()
    queue.advance(now)
    for (const [ticket, place] of queue.places(now)) waiters.get(ticket)?.(place)
  }

  function keepLooking(): void {
    if (waiters.size === 0) {
      clearInterval(timer)
      timer = undefined
    } else timer ??= setInterval(look, lookEveryMs)
  }

  return {
    admit(asker, name) {
      const admission = queue.admit(asker, clock.elapsed())
      if (admission.ticket !== undefined) return admission.ticket
      const { retryAfterMs } = admission
      throw new Fault('overloaded', `All clusters for the model "${name}" are busy.`, { retryAfterMs })
    },
    admitAnyway: asker => queue.admitAnyway(asker, clock.elapsed()),
    release(ticket) {
      if (!waiters.has(ticket)) ticket.release(clock.elapsed())
    },
    async untilStarted(ticket, { start, onWait }, signal) {
      signal.throwIfAborted()
      const turn = Promise.withResolvers<void>()
      const leave = (reason: unknown) => {
        ticket.release(clock.elapsed()) // at once: it must not start any more
        turn.reject(reason)
      }
      const onAbort = () => leave(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      waiters.set(ticket, place => {
        try {
          onWait(place)
        } catch (error) {
          leave(error)
        }
      })
      try {
        ticket.enter(() => {
          const outcome = start()
          if (outcome === 'started') turn.resolve()
          return outcome
        }, clock.elapsed())
        keepLooking()
        await turn.promise
      } finally {
        signal.removeEventListener('abort', onAbort)
        waiters.delete(ticket)
        keepLooking()
      }
    },
    advance: () => queue.advance(clock.elapsed()),
    get length() {
      return queue.waiting
    },
    close: () => clearInterval(timer),
  }
}
