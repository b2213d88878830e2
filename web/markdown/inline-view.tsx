import { memo, use } from 'react'
import { DefinitionsContext } from './definitions-context.ts'
import { ImageChip } from './image-chip.tsx'
import { plainText } from './inline-pieces.ts'
import { MathView } from './math.tsx'
import { textShowsHost } from './safe-link.ts'
import type { Inline, Link, Reference, Span, Spans } from './tree.ts'

/** Running text. Pieces that are finished are not rendered again. */
export function InlineSpans({ spans }: { readonly spans: Spans }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: spans never move
  return spans.map((span, index) => <SpanView key={index} span={span} />)
}

const SpanView = memo(function SpanView({ span }: { readonly span: Span }) {
  return <Inlines nodes={span} />
})

function Inlines({ nodes }: { readonly nodes: Span }) {
  // biome-ignore lint/suspicious/noArrayIndexKey: nodes never move
  return nodes.map((node, index) => <InlineView key={index} node={node} />)
}

function InlineView({ node }: { readonly node: Inline }) {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'strong':
      return (
        <strong>
          <Inlines nodes={node.children} />
        </strong>
      )
    case 'emphasis':
      return (
        <em>
          <Inlines nodes={node.children} />
        </em>
      )
    case 'strikethrough':
      return (
        <del>
          <Inlines nodes={node.children} />
        </del>
      )
    case 'code-span':
      return <code dir="ltr">{node.text}</code>
    case 'math-span':
      return <MathView tex={node.tex} display={node.display} closed={node.closed} />
    case 'link':
      return <LinkView link={node} />
    case 'reference':
      return <ReferenceView reference={node} />
    case 'image':
      return <ImageChip url={node.url} host={node.host} alt={node.alt} />
    case 'break':
      return <br />
  }
}

/** A link says where it leads, unless its text does. */
function LinkView({ link }: { readonly link: Omit<Link, 'kind'> }) {
  return (
    <a href={link.url} title={link.title} rel="noopener noreferrer nofollow" target="_blank">
      <bdi>
        <Inlines nodes={link.children} />
      </bdi>
      {!link.showsHost && (
        <span className="link-host" dir="ltr">
          {link.host}
        </span>
      )}
    </a>
  )
}

function ReferenceView({ reference }: { readonly reference: Reference }) {
  const { label, image, children, suffix } = reference
  const definition = use(DefinitionsContext).get(label)
  if (definition === undefined)
    return (
      <>
        {image ? '![' : '['}
        <Inlines nodes={children} />
        {`]${suffix}`}
      </>
    )
  const text = plainText(children)
  if (image) return <ImageChip url={definition.url} host={definition.host} alt={text} />
  return <LinkView link={{ ...definition, children, showsHost: textShowsHost(text, definition.host) }} />
}
