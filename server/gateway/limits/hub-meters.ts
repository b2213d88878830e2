import { z } from 'zod'
import type { Hub } from '#hub'
import type { Meters } from './meters.ts'

/** What meters ask the hub about. */
export const metersSubject = 'meters'

/** Nobody notices a quarter of a second before an answer; the hub needs a thousandth of that. */
const limitMs = 250

/** Also infinite, which a limit is where there is none, and no number at all, which a cost may be. */
const amount = z.custom<number>(value => typeof value === 'number')

const Meter = z.object({
  name: z.string(),
  perMinute: z.number(),
  burst: z.number(),
  maxKeys: z.number().exactOptional(),
})

const Question = z.discriminatedUnion('what', [
  z.object({ what: z.literal('spend'), meter: Meter, key: z.string(), guard: Meter.exactOptional() }),
  z.object({ what: z.literal('charge'), meter: Meter, key: z.string(), cost: amount }),
])
type Question = z.infer<typeof Question>

const Reading = z.object({
  guarded: z.boolean(),
  allowance: z.object({
    allowed: z.boolean(),
    limit: amount,
    remaining: amount,
    resetMs: z.number(),
    retryAfterMs: z.number(),
  }),
})

/** Meters that the hub counts, for all workers together. */
export function createHubMeters(hub: Hub): Meters {
  const ask = (question: Question) => hub.ask(metersSubject, question, { limitMs })
  return {
    async spend(meter, key, guard) {
      return Reading.parse(await ask({ what: 'spend', meter, key, ...(guard && { guard }) }))
    },
    async charge(meter, key, cost) {
      await ask({ what: 'charge', meter, key, cost })
    },
  }
}

/** The hub's side: answers a question from what `meters` count. */
export async function answerAboutMeters(meters: Meters, asked: unknown): Promise<unknown> {
  const question = Question.parse(asked)
  switch (question.what) {
    case 'spend':
      return meters.spend(question.meter, question.key, question.guard)
    case 'charge':
      return meters.charge(question.meter, question.key, question.cost)
  }
}
