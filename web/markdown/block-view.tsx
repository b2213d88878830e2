import { CodeBlock } from './code-block.tsx'
import { InlineSpans } from './inline-view.tsx'
import { ListView } from './list-view.tsx'
import { MathView } from './math.tsx'
import type { Sequence } from './sequence.ts'
import { chunkView } from './sequence-view.tsx'
import { TableView } from './table-view.tsx'
import type { Block, Heading } from './tree.ts'

/** Blocks one below the other. */
export function Blocks({ blocks }: { readonly blocks: Sequence<Block> }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
  return blocks.chunks.map((chunk, index) => <BlockChunk key={index} values={chunk} />)
}

/** Some of them, rendered again only where they have changed. */
export const BlockChunk = chunkView(BlockView)

function BlockView({ value }: { readonly value: Block }) {
  switch (value.kind) {
    case 'paragraph':
      return (
        <p>
          <InlineSpans spans={value.spans} />
        </p>
      )
    case 'heading':
      return <HeadingView heading={value} />
    case 'code':
      return <CodeBlock code={value} />
    case 'math-block':
      return <MathView tex={value.tex} display closed={value.closed} />
    case 'quote':
      return (
        <blockquote dir="auto">
          <Blocks blocks={value.children} />
        </blockquote>
      )
    case 'list':
      return <ListView list={value} />
    case 'table':
      return <TableView table={value} />
    case 'rule':
      return <hr />
  }
}

function HeadingView({ heading }: { readonly heading: Heading }) {
  const Tag = `h${heading.level}` as const
  return (
    <Tag>
      <InlineSpans spans={heading.spans} />
    </Tag>
  )
}
