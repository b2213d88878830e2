import { memo, useState } from 'react'
import { createBlockStream } from './block-stream.ts'
import { copyWithTex } from './copy-with-tex.ts'
import { DefinitionsContext } from './definitions-context.ts'
import { DrawnContext } from './drawn-context.ts'
import './markdown.css'
import { Passages } from './passages.tsx'

export interface MarkdownProps {
  /** While it streams it only grows; a text that does not go on from the last one is rendered afresh. */
  readonly text: string
  /** Whether more is to come: the end is then shown kindly, and code is not coloured before it is whole. */
  readonly streaming: boolean
}

/**
 * An assistant's answer. Nothing in it is interpreted but markdown and TeX: no HTML, no picture before consent, no link
 * but to http, https and mailto. Rendering costs what is new in the text, not its length.
 */
export const Markdown = memo(function Markdown({ text, streaming }: MarkdownProps) {
  const [stream] = useState(() => createBlockStream())
  const [drawn] = useState(streaming)
  // A cache and nothing more: what is read depends on the text alone, however often React asks.
  const { blocks, definitions } = stream.read(text, streaming)
  return (
    <DefinitionsContext value={definitions}>
      <div className={drawn ? 'markdown drawn' : 'markdown'} onCopy={copyWithTex}>
        <DrawnContext value={drawn}>
          <Passages blocks={blocks} />
        </DrawnContext>
      </div>
    </DefinitionsContext>
  )
})
