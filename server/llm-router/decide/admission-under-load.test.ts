import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../bench/seeded-random.ts'
import { createAdmissionQueue } from './admission-queue.ts'

const slots = 32
const meanMs = 3_000
const firstTokenMs = 200
/** Requests a second that the places can take. */
const capacity = (slots * 1_000) / meanMs
const warmUpMs = 30_000

/** A line before one cluster, on a clock of its own; generations take log-normal times. */
function simulate(seed: number, forMs: number) {
  const random = seededRandom(seed)
  const events: { readonly at: number; readonly happen: () => void }[] = []
  let now = 0
  let busy = 0
  const queue = createAdmissionQueue({
    outlook: () => ({ slots, free: slots - busy, busyForMs: 0, firstTokenMs, aloneMs: firstTokenMs, heldMs: 0 }),
  })
  const within = (ms: number, happen: () => void) => {
    const at = now + ms
    const behind = events.findIndex(event => event.at <= at)
    events.splice(behind === -1 ? events.length : behind, 0, { at, happen })
  }
  const exponential = (ms: number) => -Math.log(1 - random()) * ms
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

  function ask(userId: string, waits: number[], whenOver: (retryAfterMs: number) => void = () => {}): void {
    const asker = { userId, class: 'default', model: 'm', promptTokens: 100, outputTokens: 300 } as const
    const admission = queue.admit(asker, now)
    if (admission.ticket === undefined) {
      whenOver(admission.retryAfterMs)
      return
    }
    const { ticket } = admission
    const askedAt = now
    ticket.enter(() => {
      if (busy === slots) return 'full'
      busy += 1
      if (askedAt > warmUpMs) waits.push(now - askedAt)
      const heldMs = meanMs * Math.exp(0.5 * normal() - 0.125)
      within(heldMs, () => {
        busy -= 1
        ticket.ended({ heldMs, uncachedInputTokens: 100, outputTokens: heldMs / 10 }, now)
        whenOver(0)
      })
      return 'started'
    }, now)
  }

  return {
    ask,
    within,
    /** Requests of so many users, at so many times what the places can take. */
    stream(users: number, load: number, waits: number[]) {
      const next = () => {
        ask(`user-${Math.floor(random() * users)}`, waits)
        within(exponential(1_000 / (load * capacity)), next)
      }
      next()
    },
    run() {
      for (let event = events.pop(); event !== undefined && event.at < forMs; event = events.pop()) {
        now = event.at
        event.happen()
      }
    },
  }
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length
const p99 = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * 0.99)] ?? 0

test('at three times the load, those who are admitted wait no longer than promised, and no place stays empty', () => {
  for (const users of [50, 1_000]) {
    const forMs = 300_000
    const waits: number[] = []
    const simulation = simulate(users, forMs)
    simulation.stream(users, 3, waits)
    simulation.run()
    assert.ok(p99(waits) + firstTokenMs < 5_000, `${users} users: p99 ${p99(waits)} ms`)
    assert.ok(waits.length > 0.95 * capacity * ((forMs - warmUpMs) / 1_000))
  }
})

/** As a `Retry-After` tells it. */
const wholeSeconds = (ms: number) => Math.ceil(ms / 1_000) * 1_000

test('at three times the load, who comes again when told is admitted, and is not sent away for a minute', () => {
  const forMs = 300_000
  const simulation = simulate(3, forMs)
  const told: number[] = []
  const waits: number[] = []
  let admitted = 0
  let came = 0
  simulation.stream(5_000, 3, [])
  const comeBack = (userId: string, retryAfterMs: number) => {
    if (retryAfterMs === 0) return
    told.push(retryAfterMs)
    simulation.within(wholeSeconds(retryAfterMs), () => {
      came += 1
      simulation.ask(userId, waits, again => {
        if (again === 0) admitted += 1
      })
    })
  }
  for (let guest = 0; guest < 300; guest++) {
    const userId = `guest-${guest}`
    simulation.within(20_000 + 800 * guest, () =>
      simulation.ask(userId, [], retryAfterMs => comeBack(userId, retryAfterMs)),
    )
  }
  simulation.run()
  assert.ok(came > 100)
  assert.ok(admitted > 0.9 * came, `${admitted} of ${came}`)
  assert.ok(mean(told) < 30_000, `${mean(told)} ms`)
  assert.ok(p99(waits) + firstTokenMs < 5_000, `p99 ${p99(waits)} ms`)
})

test('when all who are sent away come again when told, nearly all of them are admitted then, in their turn', () => {
  const users = 800
  const cycleMs = (users * 1_000) / (3 * capacity)
  const simulation = simulate(4, 400_000)
  let admitted = 0
  let came = 0
  const live = (userId: string, isBack: boolean) => {
    if (isBack) came += 1
    simulation.ask(userId, [], retryAfterMs => {
      if (retryAfterMs === 0 && isBack) admitted += 1
      const pauseMs = retryAfterMs === 0 ? cycleMs - meanMs : wholeSeconds(retryAfterMs)
      simulation.within(pauseMs, () => live(userId, retryAfterMs > 0))
    })
  }
  for (let user = 0; user < users; user++) simulation.within((cycleMs * user) / users, () => live(`${user}`, false))
  simulation.run()
  assert.ok(came > 1_000)
  assert.ok(admitted > 0.9 * came, `${admitted} of ${came}`)
})

test('one user with 500 requests makes fifty light ones wait less than a tenth of a second longer', () => {
  const lightWaits = (greedy: number): number[] => {
    const waits: number[] = []
    const simulation = simulate(1, 200_000)
    simulation.stream(50, 0.6, waits)
    const again = (retryAfterMs = 0) => simulation.within(1 + retryAfterMs, () => simulation.ask('greedy', [], again))
    for (let request = 0; request < greedy; request++) again()
    simulation.run()
    return waits
  }
  const [alone, beside] = [mean(lightWaits(0)), mean(lightWaits(500))]
  assert.ok(beside < alone + 100, `${alone} ms alone, ${beside} ms beside`)
})
