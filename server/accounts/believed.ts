import type { Clock } from '#kit'

/** What a database said, believed for a moment, so that a caller of many requests costs one look-up. */
export interface Believed<Value> {
  /** What the look-up said of this id in the last two seconds, undefined included; else what it says now. */
  get(id: string): Promise<Value | undefined>
  /** Whoever asks from now on gets the look-up's next word. */
  forget(id: string): void
}

/** How long an answer is believed: what is revoked works no longer than this; sockets add as much, of the 5 s the contract allows. */
const believedMs = 2_000
/** Answers kept at most, good and bad together, so that a flood of invented keys costs a bounded amount of memory. */
const mostKept = 10_000

export function createBelieved<Value>(
  lookUp: (id: string) => Promise<Value | undefined>,
  clock: Clock,
): Believed<Value> {
  const kept = new Map<string, { readonly value: Value | undefined; readonly until: number }>()
  const underWay = new Map<string, Promise<Value | undefined>>()

  function keep(id: string, value: Value | undefined): void {
    kept.delete(id)
    const oldest = kept.size >= mostKept ? kept.keys().next().value : undefined
    if (oldest !== undefined) kept.delete(oldest)
    kept.set(id, { value, until: clock.elapsed() + believedMs })
  }

  /** One look-up at a time per id, however many requests ask for it. */
  async function ask(id: string): Promise<Value | undefined> {
    const fresh = lookUp(id)
    underWay.set(id, fresh)
    // One that was forgotten meanwhile may have read what no longer holds.
    const holds = () => underWay.get(id) === fresh
    try {
      const value = await fresh
      if (holds()) keep(id, value)
      return value
    } finally {
      if (holds()) underWay.delete(id)
    }
  }

  return {
    async get(id) {
      const known = kept.get(id)
      if (known !== undefined && clock.elapsed() < known.until) return known.value
      return underWay.get(id) ?? ask(id)
    },
    forget(id) {
      kept.delete(id)
      underWay.delete(id)
    },
  }
}
