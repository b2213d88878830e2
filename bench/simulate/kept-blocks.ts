/** The prompt blocks in an engine's memory: the least recently used ones go first. */
export interface KeptBlocks {
  /** How many blocks, from the first on, are there; these are used by that. */
  use(blocks: ArrayLike<number>): number
  add(blocks: ArrayLike<number>): void
  clear(): void
}

export function createKeptBlocks(mostBlocks: number): KeptBlocks {
  // A set keeps the order of insertion: what is used is taken out and put in again.
  const kept = new Set<number>()
  const touch = (block: number) => {
    kept.delete(block)
    kept.add(block)
  }

  return {
    use(blocks) {
      let known = 0
      while (known < blocks.length && kept.has(blocks[known] ?? 0)) known += 1
      // From the end, so that the beginning of a prompt is the last to go: engines evict the leaves of the tree first.
      for (let index = known - 1; index >= 0; index--) touch(blocks[index] ?? 0)
      return known
    },
    add(blocks) {
      for (let index = blocks.length - 1; index >= 0; index--) touch(blocks[index] ?? 0)
      for (const oldest of kept) {
        if (kept.size <= mostBlocks) return
        kept.delete(oldest)
      }
    },
    clear: () => kept.clear(),
  }
}
