import { revealBidiControls, withoutBidiControls } from './bidi-controls.ts'
import { plainText, withoutLinks } from './inline-pieces.ts'
import { textShowsHost } from './safe-link.ts'
import type { CodeSpan, ImageLink, Inline, Link, Span, Target } from './tree.ts'

/** The node of what stood between backticks: line ends are spaces, one space on either side is dropped. */
export function codeSpan(written: string): CodeSpan {
  const line = written.replaceAll('\n', ' ')
  const padded = line.startsWith(' ') && line.endsWith(' ') && line.trim() !== ''
  return { kind: 'code-span', text: revealBidiControls(padded ? line.slice(1, -1) : line) }
}

/** Where the next run of exactly `length` backticks begins, or -1. */
export function findTicks(text: string, from: number, length: number): number {
  for (let at = text.indexOf('`', from); at !== -1; at = text.indexOf('`', at)) {
    const start = at
    while (text[at] === '`') at += 1
    if (at - start === length) return start
  }
  return -1
}

/** The link or image to a safe target. */
export function linkNode(image: boolean, target: Target, title: string | undefined, nodes: Span): Link | ImageLink {
  if (image) return { kind: 'image', ...target, alt: plainText(nodes) }
  const children = withoutLinks(nodes)
  const showsHost = textShowsHost(plainText(children), target.host)
  return {
    kind: 'link',
    ...target,
    title: title === undefined ? undefined : withoutBidiControls(title),
    showsHost,
    children,
  }
}

/** A link that is its own text. */
export function bareLink(target: Target, shown: string): Inline {
  return linkNode(false, target, undefined, [{ kind: 'text', text: withoutBidiControls(shown) }])
}
