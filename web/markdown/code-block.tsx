import { memo, useState } from 'react'
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
            {lines.chunks.map((chunk, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
              <CodeChunk key={index} lines={chunk} styled={styled[index]} />
            ))}
          </code>
        </pre>
      </section>
    </figure>
  )
}

/** A few lines: plain, then coloured without moving. A chunk that is full is rendered once for each. */
const CodeChunk = memo(function CodeChunk(props: {
  lines: readonly string[]
  styled: readonly StyledLine[] | undefined
}) {
  const { lines, styled } = props
  if (styled === undefined) return <span className="code-chunk">{`${lines.join('\n')}\n`}</span>
  return (
    <span className="code-chunk">
      {styled.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines never move
        <span key={index}>
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
        </span>
      ))}
    </span>
  )
})

function download(text: string, name: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
