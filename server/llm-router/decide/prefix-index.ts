/**
 * Which prompt blocks a cluster has probably kept: those that were sent there. The oldest are forgotten.
 */
export interface PrefixIndex {
  /** How many blocks, from the first on, it has probably kept. */
  known(blocks: ArrayLike<number>): number
  /** These were sent there. */
  add(blocks: ArrayLike<number>): void
  /** It has kept none behind the first `kept` of these. */
  forget(blocks: ArrayLike<number>, kept: number): void
}

/** Keeps between half of `mostBlocks` and all of them, those used last. */
export function createPrefixIndex(mostBlocks: number): PrefixIndex {
  // Two generations in place of a list in the order of use: what is used moves to the younger one, and when that is
  // full, the elder one is forgotten as a whole. A block costs one insertion, and no memory for its place in a list.
  let younger = new Set<number>()
  let elder = new Set<number>()
  const has = (block: number | undefined) => block !== undefined && (younger.has(block) || elder.has(block))

  return {
    known(blocks) {
      // Chained hashes: whoever has a block has all before it, so the first that is missing can be searched by halves.
      let known = 0
      let missing = blocks.length
      while (known < missing) {
        const middle = (known + missing) >> 1
        if (has(blocks[middle])) known = middle + 1
        else missing = middle
      }
      return known
    },
    add(blocks) {
      if (younger.size + blocks.length > mostBlocks / 2) {
        elder = younger
        younger = new Set()
      }
      for (let index = 0; index < blocks.length; index++) younger.add(blocks[index] ?? 0)
    },
    forget(blocks, kept) {
      for (let index = kept; index < blocks.length; index++) {
        younger.delete(blocks[index] ?? 0)
        elder.delete(blocks[index] ?? 0)
      }
    },
  }
}
