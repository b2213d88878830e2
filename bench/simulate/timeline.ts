/** What happens when, in simulated milliseconds: never back, and of equal times what was planned first. */
export interface Timeline {
  readonly now: number
  /** Does something `inMs` from now; the answer takes it back. */
  after(inMs: number, action: () => void): Planned
  at(time: number, action: () => void): Planned
  /** Runs until nothing is planned, or until `end`. */
  run(end: number): void
}

/** Something that is going to happen, unless it is called off. */
export interface Planned {
  off: boolean
}

interface Entry extends Planned {
  readonly time: number
  readonly order: number
  readonly action: () => void
}

export function createTimeline(): Timeline {
  const heap = createHeap()
  let now = 0
  let planned = 0

  function at(time: number, action: () => void): Planned {
    const entry = { time: Math.max(now, time), order: planned++, action, off: false }
    heap.add(entry)
    return entry
  }

  return {
    get now() {
      return now
    },
    at,
    after: (inMs, action) => at(now + inMs, action),
    run(end) {
      for (let next = heap.first(); next !== undefined && next.time <= end; next = heap.first()) {
        heap.removeFirst()
        if (next.off) continue
        now = next.time
        next.action()
      }
    },
  }
}

/** A binary heap (Williams 1964). */
function createHeap() {
  const entries: Entry[] = []

  function swap(one: number, other: number): void {
    const [first, second] = [entries[one], entries[other]]
    if (first === undefined || second === undefined) return
    entries[one] = second
    entries[other] = first
  }

  const before = (one: number, other: number) => {
    const [first, second] = [entries[one], entries[other]]
    if (first === undefined || second === undefined) return false
    return first.time < second.time || (first.time === second.time && first.order < second.order)
  }

  return {
    first: (): Entry | undefined => entries[0],
    add(entry: Entry): void {
      entries.push(entry)
      for (let at = entries.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (!before(at, parent)) break
        swap(at, parent)
        at = parent
      }
    },
    removeFirst(): void {
      swap(0, entries.length - 1)
      entries.pop()
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        const least = before(left + 1, left) ? left + 1 : left
        if (!before(least, at)) break
        swap(least, at)
        at = least
      }
    },
  }
}
