import type { RequestClass } from '../admission-line.ts'
import { createAdmissionQueue, type QueueTicket, type Start } from '../admission-queue.ts'
import type { Outlook } from '../outlook.ts'

export const model = 'm'

/** Some places on one cluster, and a queue before it; every generation takes a second unless told otherwise. */
export function createPlaces(slots: number) {
  let now = 0
  let busy = 0
  const started: string[] = []
  const running: {
    readonly name: string
    readonly ticket: QueueTicket
    readonly endsAt: number
    readonly tookMs: number
    readonly tokens: number
  }[] = []
  const view: { -readonly [Key in keyof Outlook]: Outlook[Key] } = {
    slots,
    free: slots,
    busyForMs: 0,
    firstTokenMs: 0,
    aloneMs: 0,
    heldMs: 0,
  }
  const queue = createAdmissionQueue({ outlook: () => ({ ...view, slots: places.slots, free: places.slots - busy }) })

  const places = {
    queue,
    slots,
    view,
    started,
    get now() {
      return now
    },
    get running() {
      return running.map(({ name }) => name)
    },
    /** What the queue says to one that comes now; who is admitted gets in line at once. */
    ask(name: string, { kind = 'default', tookMs = 1_000, tokens = 100, anyway = false }: Ask = {}) {
      const asker = { userId: name.charAt(0), class: kind, model, promptTokens: tokens, outputTokens: 0 }
      const admission = anyway ? { ticket: queue.admitAnyway(asker, now) } : queue.admit(asker, now)
      const { ticket } = admission
      if (ticket === undefined) return admission
      const start: Start = () => {
        if (busy >= places.slots) return 'full'
        busy += 1
        started.push(name)
        running.push({ name, ticket, endsAt: now + tookMs, tookMs, tokens })
        return 'started'
      }
      ticket.enter(start, now)
      return { ticket }
    },
    /** Lets time go by, and generations end. */
    pass(ms: number) {
      const until = now + ms
      for (;;) {
        const next = running.toSorted((a, b) => a.endsAt - b.endsAt)[0]
        if (next === undefined || next.endsAt > until) break
        now = next.endsAt
        running.splice(running.indexOf(next), 1)
        busy -= 1
        next.ticket.ended({ heldMs: next.tookMs, uncachedInputTokens: next.tokens, outputTokens: 0 }, now)
      }
      now = until
      queue.advance(now)
    },
  }
  return places
}

interface Ask {
  readonly kind?: RequestClass
  readonly tookMs?: number
  readonly tokens?: number
  readonly anyway?: boolean
}

/** Two places of which is known that each is held for a second. */
export function createKnownPlaces(slots = 2) {
  const places = createPlaces(slots)
  places.ask('warm-up')
  places.pass(1_000)
  places.started.length = 0
  return places
}
