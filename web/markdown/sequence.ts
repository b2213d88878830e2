/** A list that only grows. Elements lie in chunks; a chunk that is full is never copied again. */
export interface Sequence<T> {
  /** All chunks but the last hold `chunkSize` elements. A full chunk keeps its identity, so a view of it can be memoised. */
  readonly chunks: readonly (readonly T[])[]
  readonly length: number
}

export const chunkSize = 32

export const emptySequence: Sequence<never> = { chunks: [], length: 0 }

/** The sequence with one element more. Copies one chunk at most, and the list of chunks. */
export function append<T>(sequence: Sequence<T>, element: T): Sequence<T> {
  const last = sequence.chunks.at(-1)
  const chunks =
    last === undefined || last.length === chunkSize
      ? [...sequence.chunks, [element]]
      : [...sequence.chunks.slice(0, -1), [...last, element]]
  return { chunks, length: sequence.length + 1 }
}

/** Every element, in order. */
export function elementsOf<T>(sequence: Sequence<T>): T[] {
  return sequence.chunks.flat()
}
