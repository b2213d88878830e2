import type { Attempt } from './history.ts'
import { atLeast, type JudgedPromise, type Latency, type Offence } from './judgement.ts'

export interface JudgedRequests {
  readonly promises: readonly JudgedPromise[]
  readonly offences: readonly Offence[]
  readonly latencies: readonly Latency[]
}

/** A client that tries again must find somebody who answers within so long. */
const answerWithinMs = 5_000
const leastPercent = 99.9

const available = 'requests answered'
const refused = 'requests refused for good'

/**
 * Every answer counts as a request, and one that says that the server has trouble, or too much to do, as a failed one. A
 * connection that broke is tried again by the client; it counts, as one failed request, where nobody answered in time.
 */
export function judgeRequests(attempts: readonly Attempt[]): JudgedRequests {
  const offences: Offence[] = []
  let [answers, failed] = [0, 0]
  for (const tries of Map.groupBy(attempts, ({ request }) => request).values()) {
    const beganAt = Math.min(...tries.map(({ at }) => at))
    const lastAt = Math.max(...tries.map(({ at, ms }) => at + ms))
    const answered = tries.filter(({ outcome }) => typeof outcome === 'number')
    const firstAnswerAt = Math.min(...answered.map(({ at, ms }) => at + ms), lastAt)
    const [first] = tries
    answers += answered.length
    for (const { operation, request, outcome, code } of answered) {
      if (isTrouble(outcome)) {
        failed += 1
        offences.push({ promise: available, about: request, says: `${operation}: ${outcome} ${code}` })
      } else if (Number(outcome) >= 400) {
        offences.push({ promise: refused, about: request, says: `${operation}: ${outcome} ${code}` })
      }
    }
    if (first !== undefined && firstAnswerAt - beganAt > answerWithinMs) {
      failed += 1
      if (answered.length === 0) answers += 1
      const says = `${first.operation}: nobody answered for ${firstAnswerAt - beganAt} ms (${tries.length} tries)`
      offences.push({ promise: available, about: first.request, says })
    }
  }
  const refusals = offences.filter(({ promise }) => promise === refused).length
  return {
    promises: [
      atLeast(available, leastPercent, answers - Math.min(failed, answers), answers),
      { name: refused, target: '0', measured: String(refusals), kept: refusals === 0 },
    ],
    offences,
    latencies: latenciesOf(attempts),
  }
}

/** The server answered that it could not. */
export const isTrouble = (outcome: Attempt['outcome']): boolean =>
  typeof outcome === 'number' && (outcome >= 500 || outcome === 429)

/** Of tries that were answered well. */
function latenciesOf(attempts: readonly Attempt[]): readonly Latency[] {
  const good = attempts.filter(({ outcome }) => typeof outcome === 'number' && outcome < 400)
  return [...Map.groupBy(good, ({ operation }) => operation)].map(([operation, tries]) => ({
    name: `${operation}, until its status`,
    ms: tries.map(({ ms }) => ms),
  }))
}
