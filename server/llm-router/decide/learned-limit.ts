/**
 * How many generations at once a cluster takes that was given no capacity: learned from its refusals (429, 503), by
 * additive increase and multiplicative decrease (Chiu and Jain 1989). No limit until it has refused one.
 */
export interface LearnedLimit {
  readonly limit: number | undefined
  /** It refused one, with `inFlight` others under way. */
  refused(inFlight: number): void
  /** It answered one, with `inFlight` others under way. */
  answered(inFlight: number): void
}

const decrease = 0.9

export function createLearnedLimit(): LearnedLimit {
  let exact: number | undefined
  const whole = () => (exact === undefined ? undefined : Math.floor(exact))
  return {
    get limit() {
      return whole()
    },
    refused(inFlight) {
      // The smaller of both: those that were refused together count once.
      exact = Math.max(1, Math.min(exact ?? Number.POSITIVE_INFINITY, decrease * inFlight))
    },
    answered(inFlight) {
      // One more for each round of answers, and only where the limit was what held the others back.
      if (exact !== undefined && inFlight + 1 >= Math.floor(exact)) exact += 1 / exact
    },
  }
}
