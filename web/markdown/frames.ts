import { revealBidiControls } from './bidi-controls.ts'
import { growRun, type Meter, type Run, spansOf } from './inline-run.ts'
import { append, emptySequence, type Sequence } from './sequence.ts'
import { splitRow } from './table-row.ts'
import type { Alignment, Block, CodeFence, Item, List, Row, Spans } from './tree.ts'

/** A block that later lines may still add to, with what it holds so far. Frames never change: a line makes new ones. */
export type Frame = Container | Leaf

export type Container =
  | { readonly kind: 'document' | 'quote'; readonly children: Sequence<Block> }
  | {
      readonly kind: 'item'
      readonly children: Sequence<Block>
      readonly task: boolean | undefined
      /** Columns that the item's content is indented by, within what holds the list. */
      readonly indent: number
    }
  | {
      readonly kind: 'list'
      readonly items: Sequence<Item>
      readonly sign: string
      readonly start: number | undefined
      readonly loose: boolean
    }

export type Leaf =
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'fence'
      readonly code: CodeFence
      readonly character: string
      readonly length: number
      readonly indent: number
    }
  | { readonly kind: 'indented'; readonly lines: Sequence<string>; readonly blanks: readonly string[] }
  | { readonly kind: 'math'; readonly text: string; readonly closer: string }
  | {
      readonly kind: 'table'
      readonly alignments: readonly Alignment[]
      readonly header: Row
      readonly rows: Sequence<Row>
    }

/** What reading inline text needs to know of what was read before. */
export interface InlineReader {
  readonly meter: Meter
  /** The open block's text so far: it is not read again from its beginning. */
  last: Run | undefined
  /** Paragraphs that were closed. A last line without an end closes the same one again for each token. */
  readonly closed: WeakMap<Frame, Block>
}

export function createInlineReader(meter: Meter): InlineReader {
  return { meter, last: undefined, closed: new WeakMap() }
}

/**
 * The block a frame is, once its open child is in it. With `growing` it may still grow: what its end will be is then
 * guessed kindly. Nothing where there is nothing to show.
 */
export function blockOf(
  frame: Leaf | Exclude<Container, { kind: 'item' }>,
  reader: InlineReader,
  growing: boolean,
): Block | undefined {
  switch (frame.kind) {
    case 'document':
    case 'quote':
      return { kind: 'quote', children: frame.children }
    case 'list':
      return listOf(frame)
    case 'paragraph':
      return growing ? growingParagraph(frame.text, reader) : closedParagraph(frame, reader)
    case 'fence':
      return frame.code
    case 'indented':
      return { kind: 'code', language: '', lines: frame.lines, closed: true }
    case 'math':
      return mathOf(frame, reader, growing)
    case 'table':
      return { kind: 'table', alignments: frame.alignments, header: frame.header, rows: frame.rows }
  }
}

/** The frame with a block more; only the kinds that hold blocks take one. */
export function withChild(frame: Container, child: Block | Item): Container {
  if (frame.kind === 'list') return child.kind === 'item' ? { ...frame, items: append(frame.items, child) } : frame
  return child.kind === 'item' ? frame : { ...frame, children: append(frame.children, child) }
}

export function readInline(text: string, reader: InlineReader, growing: boolean): Spans {
  const whole = growing ? text : text.trimEnd()
  reader.last = growRun(reader.last, whole, reader.meter)
  return spansOf(reader.last, growing, reader.meter)
}

export function readRow(line: string, columns: number, reader: InlineReader, growing: boolean): Row {
  const cells = splitRow(line, columns).map(cell =>
    spansOf(growRun(undefined, cell, reader.meter), growing, reader.meter),
  )
  return { kind: 'row', cells }
}

/** An item with nothing in it yet. */
export function emptyItem(indent: number): Container {
  return { kind: 'item', children: emptySequence, task: undefined, indent }
}

function listOf({ start, loose, items }: Extract<Container, { kind: 'list' }>): List {
  return { kind: 'list', start, loose, items }
}

function growingParagraph(written: string, reader: InlineReader): Block | undefined {
  const text = hideTableHead(written)
  return text.trim() === '' ? undefined : { kind: 'paragraph', spans: readInline(text, reader, true) }
}

function closedParagraph(frame: Extract<Leaf, { kind: 'paragraph' }>, reader: InlineReader): Block | undefined {
  if (frame.text === '') return undefined
  const known = reader.closed.get(frame)
  if (known !== undefined) return known
  const paragraph: Block = { kind: 'paragraph', spans: readInline(frame.text, reader, false) }
  reader.closed.set(frame, paragraph)
  return paragraph
}

/** A formula nothing closed is shown as it was written while it grows, and is text once it cannot be closed any more. */
function mathOf({ text, closer }: Extract<Leaf, { kind: 'math' }>, reader: InlineReader, growing: boolean): Block {
  const end = text.indexOf(closer, 2)
  if (end === -1 && !growing) return { kind: 'paragraph', spans: readInline(text, reader, false) }
  const tex = revealBidiControls(text.slice(2, end === -1 ? undefined : end).trim())
  return { kind: 'math-block', tex, closed: end !== -1 }
}

/** A line that begins with a pipe may be a table's head: it is not shown before the next line tells. */
function hideTableHead(text: string): string {
  const start = text.lastIndexOf('\n') + 1
  return text.startsWith('|', start) ? text.slice(0, Math.max(0, start - 1)) : text
}
