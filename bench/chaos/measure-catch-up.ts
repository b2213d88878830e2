import { answerTo, questionOf } from './answer-text.ts'
import type { JudgedPromise, Latency } from './judgement.ts'
import { within } from './judgement.ts'
import type { Replica } from './replica.ts'
import type { Stage } from './stage.ts'
import { placeTurn, readTurn } from './watched-turn.ts'

export interface Timings {
  readonly promises: readonly JudgedPromise[]
  readonly latencies: readonly Latency[]
}

/** Text that a late reader has to be told at once, in characters, and tokens enough for more. */
const leastText = 1_000
const tokens = 600
const mostMs = 200

/**
 * How soon somebody who comes late to an answer, on another replica than its owner, is where the readers on the owner
 * were when they came. One after the other, while all answers run.
 */
export async function measureCatchUp(stage: Stage, rounds: number, when: string): Promise<Timings> {
  const [owner, other] = stage.replicas
  const [key] = stage.keys
  if (owner === undefined || other === undefined || key === undefined) throw new Error('this needs two replicas')
  const turns = await Promise.all(
    Array.from({ length: rounds }, async (_, number) => {
      const { turnId } = await placeTurn(owner.url, key, fastQuestion(`catch-up ${when}`, number))
      return { turnId, first: readTurn(owner.url, key, turnId) }
    }),
  )
  const ms: number[] = []
  for (const { turnId, first } of turns) {
    await first.until(({ text }) => text.length > leastText)
    ms.push(await catchUp(other, key, turnId, first.view.text.length))
    first.leave()
  }
  const name = `catch-up on another replica, ${when}`
  return { promises: [within(`${name}, p99`, mostMs, ms)], latencies: [{ name, ms }] }
}

/** Infinity where the stream ended before. */
async function catchUp(replica: Replica, key: string, turnId: string, length: number): Promise<number> {
  const askedAt = Date.now()
  const late = readTurn(replica.url, key, turnId)
  const at = await late.until(({ text }) => text.length >= length)
  late.leave()
  return at === undefined ? Number.POSITIVE_INFINITY : at - askedAt
}

/** One whose answer is long, and comes at more than ten tokens a second. */
export function fastQuestion(run: string, number: number): string {
  for (let attempt = 0; ; attempt++) {
    const question = questionOf(`${run} ${attempt}`, number, 1, { tokens })
    if (answerTo(question).rate > 10) return question
  }
}
