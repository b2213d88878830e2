import { memo } from 'react'
import { BlockChunk } from './block-view.tsx'
import { chunkSize, type Sequence } from './sequence.ts'
import type { Block } from './tree.ts'

/**
 * An answer's blocks, a few to an element: what has left the screen is passed over passage by passage. The browser looks
 * at each box that it may skip several times a frame, and one for every block is too many.
 */
export function Passages({ blocks }: { readonly blocks: Sequence<Block> }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
  return blocks.chunks.map((chunk, index) => <PassagesOf key={index} chunk={chunk} />)
}

/** Few enough that most of a passage in sight is what the screen shows; so many that a long answer has few passages. */
const blocksPerPassage = 16

const PassagesOf = memo(function PassagesOf({ chunk }: { readonly chunk: readonly Block[] }) {
  return passageStarts
    .filter(start => start < chunk.length)
    .map(start => <Passage key={start} blocks={chunk.slice(start, start + blocksPerPassage)} />)
})

const passageStarts = Array.from({ length: chunkSize / blocksPerPassage }, (_, index) => index * blocksPerPassage)

/** Drawn again only where one of its blocks has changed: the slice is a new one each time. */
const Passage = memo(
  function Passage({ blocks }: { readonly blocks: readonly Block[] }) {
    return (
      <div>
        <BlockChunk values={blocks} />
      </div>
    )
  },
  (before, after) =>
    before.blocks.length === after.blocks.length &&
    before.blocks.every((block, index) => block === after.blocks[index]),
)
