/** A phrase to look for, as symbols, and what to say when it is found. */
export interface Phrase<Meaning> {
  readonly symbols: ArrayLike<number>
  readonly meaning: Meaning
  /** From so many symbols on, what is open of it is grave: a silence does not let it go. */
  readonly graveFrom: number
}

/** All phrases as one automaton, which reads each symbol of a text once (Aho and Corasick 1975). */
export interface PhraseMatcher<Meaning> {
  /** Symbols of the longest phrase. */
  readonly longest: number
  /** Begins a text. */
  read(): PhraseReading<Meaning>
}

/** One text being read. */
export interface PhraseReading<Meaning> {
  /** Takes the next symbol, 0 to 65,535; returns the meanings of the phrases that end with it, nearly always none. */
  next(symbol: number): readonly Meaning[]
  /** Symbols at the end of the text so far that may yet become a phrase. */
  readonly open: number
  /** Of these as many as are grave. */
  readonly openGrave: number
}

const none: readonly never[] = []
const symbolCount = 65_536

export function createPhraseMatcher<Meaning>(phrases: readonly Phrase<Meaning>[]): PhraseMatcher<Meaning> {
  // State 0 is the beginning. Where a text stands most of the time, a table is faster than a map.
  const fromRoot = new Uint32Array(symbolCount)
  const steps = new Map<number, number>() // by state x 65,536 + symbol
  const depths = [0]
  const grave = [0] // symbols of the longest grave end, by state
  const found: Meaning[][] = [[]]
  const children: number[][] = [[]] // symbols that lead on, by state

  const child = (state: number, symbol: number): number =>
    state === 0 ? (fromRoot[symbol] ?? 0) : (steps.get(state * symbolCount + symbol) ?? 0)

  for (const { symbols, meaning, graveFrom } of phrases) {
    let state = 0
    for (let index = 0; index < symbols.length; index++) {
      const symbol = symbols[index] ?? 0
      let next = child(state, symbol)
      if (next === 0) {
        next = depths.length
        depths.push(index + 1)
        grave.push(0)
        found.push([])
        children.push([])
        children[state]?.push(symbol)
        if (state === 0) fromRoot[symbol] = next
        else steps.set(state * symbolCount + symbol, next)
      }
      state = next
      if (index + 1 >= graveFrom) grave[state] = index + 1
    }
    if (state !== 0) found[state]?.push(meaning)
  }
  const fallbacks = findFallbacks()

  /** For each state the one of its longest end that begins a phrase; breadth first, so that shorter ones are known. */
  function findFallbacks(): Uint32Array {
    const fallback = new Uint32Array(depths.length)
    const queue = [0]
    for (const state of queue) {
      for (const symbol of children[state] ?? []) {
        const next = child(state, symbol)
        queue.push(next)
        if (state === 0) continue
        let shorter = fallback[state] ?? 0
        while (shorter !== 0 && child(shorter, symbol) === 0) shorter = fallback[shorter] ?? 0
        const target = child(shorter, symbol)
        fallback[next] = target
        found[next]?.push(...(found[target] ?? []))
        grave[next] ||= grave[target] ?? 0
      }
    }
    return fallback
  }

  return {
    longest: Math.max(0, ...depths),
    read: () => new Reading({ child, fallbacks, depths, grave, found }),
  }
}

/** The automaton's tables, by state. */
interface Automaton<Meaning> {
  readonly child: (state: number, symbol: number) => number
  readonly fallbacks: ArrayLike<number>
  readonly depths: readonly number[]
  readonly grave: readonly number[]
  readonly found: readonly (readonly Meaning[])[]
}

/** A class: every symbol of every answer comes through here, and getters of a literal are looked up in a dictionary. */
class Reading<Meaning> implements PhraseReading<Meaning> {
  readonly #automaton: Automaton<Meaning>
  #state = 0

  constructor(automaton: Automaton<Meaning>) {
    this.#automaton = automaton
  }

  next(symbol: number): readonly Meaning[] {
    const { child, fallbacks, found } = this.#automaton
    let state = this.#state
    let next = child(state, symbol)
    while (next === 0 && state !== 0) {
      state = fallbacks[state] ?? 0
      next = child(state, symbol)
    }
    this.#state = next
    return found[next] ?? none
  }

  get open(): number {
    return this.#automaton.depths[this.#state] ?? 0
  }

  get openGrave(): number {
    return this.#automaton.grave[this.#state] ?? 0
  }
}
