import { Fragment, memo, useState } from 'react'
import { t } from '../text/catalogue.ts'
import { CopyButton } from './copy-button.tsx'
import { fileExtension } from './file-extension.ts'
import { elementsOf } from './sequence.ts'
import type { StyledLine } from './syntax-roles.ts'
import type { CodeFence } from './tree.ts'
import { useSyntax } from './use-syntax.ts'

/** Code with its language and what can be done with it. It scrolls sideways, or wraps if the reader likes. */
export function CodeBlock({ code }: { readonly code: CodeFence }) {
  const [wrap, setWrap] = useState(false)
  const styled = useSyntax(code)
  const { language, lines } = code
  const text = () => elementsOf(lines).join('\n')
  const name = language === '' ? t('code.plain') : language
  return (
    <figure className="code-block" dir="ltr">
      <figcaption>
        <span className="code-language">{name}</span>
        <button type="button" aria-pressed={wrap} onClick={() => setWrap(!wrap)}>
          {t('code.wrap')}
        </button>
        <button type="button" onClick={() => download(text(), `code.${fileExtension(language)}`)}>
          {t('code.download')}
        </button>
        <CopyButton text={text} label={t('code.copy')} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section className="code-scroll" tabIndex={0} aria-label={t('code.region', { language: name })}>
        <pre className={wrap ? 'wrap' : undefined}>
          <code>
            {lines.chunks.filter(isFirstOfPart).map((_, part) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
              <span key={part} className="code-part">
                {chunksOfPart(lines.chunks, part).map((chunk, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
                  <CodeChunk key={index} lines={chunk} styled={styled[part * chunksPerPart + index]} />
                ))}
              </span>
            ))}
          </code>
        </pre>
      </section>
    </figure>
  )
}

/** What the browser passes over at once when it has left the screen: few parts, since it looks at each of them in every frame. */
const chunksPerPart = 4

const isFirstOfPart = (_: unknown, index: number) => index % chunksPerPart === 0

const chunksOfPart = <Chunk,>(chunks: readonly Chunk[], part: number): readonly Chunk[] =>
  chunks.slice(part * chunksPerPart, (part + 1) * chunksPerPart)

/**
 * A few lines: plain, then coloured without moving. A chunk that is full is rendered once for each, and laid out apart
 * from the others.
 */
const CodeChunk = memo(function CodeChunk({ lines, styled }: CodeChunkProps) {
  return <span className="code-chunk">{styled === undefined ? `${lines.join('\n')}\n` : styled.map(styledLine)}</span>
})

interface CodeChunkProps {
  readonly lines: readonly string[]
  readonly styled: readonly StyledLine[] | undefined
}

function styledLine(line: StyledLine, index: number) {
  return (
    <Fragment key={index}>
      {line.map(({ text, role }, piece) =>
        role === undefined ? (
          text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces never move
          <span key={piece} className={`syntax-${role}`}>
            {text}
          </span>
        ),
      )}
      {'\n'}
    </Fragment>
  )
}

function download(text: string, name: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
