import { type Chain, type Piece, wrapPieces } from './inline-pieces.ts'
import type { Mark } from './tree.ts'

/** A run of `*`, `_` or `~` that may open or close a mark. Its piece's text shrinks as marks use it up. */
export interface Delimiter {
  readonly piece: Piece
  readonly character: string
  /** As written; `left` is what no mark has used yet. */
  readonly length: number
  left: number
  readonly canOpen: boolean
  readonly canClose: boolean
}

/** Whether the run of one sign from `start` to `end` may open and close a mark: CommonMark's rule of flanking. */
export function flanking(text: string, start: number, end: number): { canOpen: boolean; canClose: boolean } {
  const before = characterBefore(text, start)
  const after = characterAt(text, end)
  const spaceAfter = after === '' || /\s/.test(after)
  const spaceBefore = before === '' || /\s/.test(before)
  const signAfter = punctuation.test(after)
  const signBefore = punctuation.test(before)
  const left = !spaceAfter && (!signAfter || spaceBefore || signBefore)
  const right = !spaceBefore && (!signBefore || spaceAfter || signAfter)
  if (text[start] !== '_') return { canOpen: left, canClose: right }
  return { canOpen: left && (!right || signBefore), canClose: right && (!left || signAfter) }
}

/**
 * Makes marks of the delimiters from index `bottom` on and takes them off the stack; CommonMark's algorithm. Time grows
 * with their number, not its square: what no opener was found for is not looked for again.
 */
export function processDelimiters(chain: Chain, stack: Delimiter[], bottom: number): void {
  const floors = new Map<string, number>()
  const open: Delimiter[] = []
  for (const closer of stack.slice(bottom)) {
    while (closer.canClose && closer.left > 0) {
      const key = `${closer.character}${closer.canOpen}${closer.length % 3}${closer.character === '~' ? closer.left : ''}`
      const at = findOpener(open, closer, floors.get(key) ?? 0)
      const opener = open[at]
      if (opener === undefined) {
        floors.set(key, open.length)
        break
      }
      open.length = at + 1
      for (const [floorKey, floor] of floors) if (floor > open.length) floors.set(floorKey, open.length)
      mark(chain, opener, closer)
      if (opener.left === 0) open.pop()
    }
    if (closer.canOpen && closer.left > 0) open.push(closer)
  }
  stack.length = bottom
  stack.push(...open)
}

/** Closes every mark still open at the end, inside out, as if its closer stood there. For text that is still growing. */
export function closeOpenMarks(chain: Chain, stack: Delimiter[]): void {
  for (const opener of stack.toReversed()) {
    while (opener.left > 0) {
      const width = opener.character === '~' ? opener.left : Math.min(opener.left, 2)
      wrapPieces(chain, opener.piece, undefined, children => ({ kind: markKind(opener.character, width), children }))
      shorten(opener, width)
    }
  }
  stack.length = 0
}

const punctuation = /[\p{P}\p{S}]/u

function findOpener(open: readonly Delimiter[], closer: Delimiter, floor: number): number {
  for (let index = open.length - 1; index >= floor; index -= 1) {
    const opener = open[index]
    if (opener === undefined || opener.character !== closer.character) continue
    if (closer.character === '~') {
      if (opener.left === closer.left) return index
      continue
    }
    const eitherBoth = closer.canOpen || opener.canClose
    const multiple = (opener.length + closer.length) % 3 === 0 && !(opener.length % 3 === 0 && closer.length % 3 === 0)
    if (!(eitherBoth && multiple)) return index
  }
  return -1
}

function mark(chain: Chain, opener: Delimiter, closer: Delimiter): void {
  const width = opener.character === '~' ? opener.left : opener.left >= 2 && closer.left >= 2 ? 2 : 1
  wrapPieces(chain, opener.piece, closer.piece, children => ({ kind: markKind(opener.character, width), children }))
  shorten(opener, width)
  shorten(closer, width)
}

function markKind(character: string, width: number): Mark['kind'] {
  if (character === '~') return 'strikethrough'
  return width === 2 ? 'strong' : 'emphasis'
}

function shorten(delimiter: Delimiter, width: number): void {
  delimiter.left -= width
  delimiter.piece.node = { kind: 'text', text: delimiter.character.repeat(delimiter.left) }
}

/** The whole character before an index, or nothing at the beginning. */
function characterBefore(text: string, at: number): string {
  return [...text.slice(Math.max(0, at - 2), at)].at(-1) ?? ''
}

/** The whole character at an index, or nothing at the end. */
function characterAt(text: string, at: number): string {
  return [...text.slice(at, at + 2)][0] ?? ''
}
