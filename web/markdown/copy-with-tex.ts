import type { ClipboardEvent } from 'react'

/** Copies a selection that holds formulas as text with their TeX in it; any other is left to the browser. */
export function copyWithTex(event: ClipboardEvent<HTMLElement>) {
  const selection = getSelection()
  if (selection === null || selection.rangeCount === 0) return
  const range = selection.getRangeAt(0)
  const around = range.commonAncestorContainer
  const within = (around instanceof Element ? around : around.parentElement)?.closest<HTMLElement>('[data-tex]')
  const fragment = range.cloneContents()
  if (!within && fragment.querySelector('[data-tex]') === null) return
  event.clipboardData.setData('text/plain', within ? texOf(within) : textOf(fragment).trim())
  event.preventDefault()
}

const blockTags = /^(P|LI|H[1-6]|BLOCKQUOTE|PRE|TR|BR|UL|OL|TABLE)$/

function textOf(node: Node): string {
  if (node instanceof HTMLElement && node.dataset.tex !== undefined) return texOf(node)
  if (node.nodeType === Node.TEXT_NODE) return node.textContent ?? ''
  const text = [...node.childNodes].map(textOf).join('')
  return blockTags.test(node.nodeName) ? `${text}\n` : text
}

function texOf(element: HTMLElement): string {
  const tex = element.dataset.tex ?? ''
  return element.dataset.display === 'true' ? `\n$$\n${tex}\n$$\n` : `$${tex}$`
}
