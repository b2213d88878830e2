/**
 * Which prompt blocks a cluster has probably kept: those that were sent there and have not been pushed out since. An
 * engine keeps what was used last; how much that is, is learned from what it says it has found.
 */
export interface PrefixIndex {
  /** How many blocks, from the first on, it has probably kept. */
  known(blocks: ArrayLike<number>): number
  /** These are sent there. What it later says of them goes to `learn`, with what is given here. */
  add(blocks: ArrayLike<number>): SentPrefix
  /** It has kept none behind the first `kept` of these. */
  forget(blocks: ArrayLike<number>, kept: number): void
  /** It found so many of these blocks kept, from the first on. */
  learn(sent: SentPrefix, found: number): void
  /** So many blocks it keeps, as far as is known. */
  readonly capacity: number
}

/** What was known of a prompt when it was sent. */
export interface SentPrefix {
  /** Blocks that were taken for kept, and how many others were sent since the last of them was used. */
  readonly known: number
  readonly knownAge: number
  /** The same for all blocks that were sent before, however long ago. */
  readonly remembered: number
  readonly rememberedAge: number
}

/** Of what an engine says, so much is believed at once: its order of forgetting is known only roughly. */
const newestWeight = 0.3
/** What was lost shows that less is kept than it was old, what was found that more is. */
const shorter = 0.9
const longer = 1.1

/** Remembers between half of `mostBlocks` and all of them, those used last; takes `likelyBlocks` for kept until it learns better. */
export function createPrefixIndex(mostBlocks: number, likelyBlocks: number): PrefixIndex {
  // Two generations in place of a list in the order of use: what is used moves to the younger one, and when that is
  // full, the elder one is forgotten as a whole. A block costs one insertion, and no memory for its place in a list.
  // Each block bears how many new ones had been sent when it was used last: its age is how many came since.
  let younger = new Map<number, number>()
  let elder = new Map<number, number>()
  let sent = 0
  let capacity = likelyBlocks

  function ageOf(block: number | undefined): number {
    if (block === undefined) return Number.POSITIVE_INFINITY
    const usedAt = younger.get(block) ?? elder.get(block)
    return usedAt === undefined ? Number.POSITIVE_INFINITY : sent - usedAt
  }

  /** Chained hashes: what a block has seen, all before it have, so the first that is too old can be searched by halves. */
  function youngerThan(blocks: ArrayLike<number>, age: number): number {
    let known = 0
    let missing = blocks.length
    while (known < missing) {
      const middle = (known + missing) >> 1
      if (ageOf(blocks[middle]) < age) known = middle + 1
      else missing = middle
    }
    return known
  }

  return {
    get capacity() {
      return capacity
    },
    known: blocks => youngerThan(blocks, capacity),
    add(blocks) {
      const known = youngerThan(blocks, capacity)
      const remembered = youngerThan(blocks, Number.POSITIVE_INFINITY)
      const before = {
        known,
        knownAge: known === 0 ? 0 : ageOf(blocks[known - 1]),
        remembered,
        rememberedAge: remembered === 0 ? 0 : ageOf(blocks[remembered - 1]),
      }
      sent += blocks.length - known
      if (younger.size + blocks.length > mostBlocks / 2) {
        elder = younger
        younger = new Map()
      }
      for (let index = 0; index < blocks.length; index++) younger.set(blocks[index] ?? 0, sent)
      return before
    },
    forget(blocks, kept) {
      for (let index = kept; index < blocks.length; index++) {
        younger.delete(blocks[index] ?? 0)
        elder.delete(blocks[index] ?? 0)
      }
    },
    learn({ known, knownAge, remembered, rememberedAge }, found) {
      if (found < known) {
        // Pushed out younger than we thought, and read anew: that pushed out others.
        capacity += newestWeight * (Math.min(capacity, shorter * knownAge) - capacity)
        sent += Math.round(known - found)
      }
      // Or there still, though we had given it up.
      if (remembered > known && found >= remembered)
        capacity += newestWeight * (Math.max(capacity, longer * rememberedAge) - capacity)
    },
  }
}
