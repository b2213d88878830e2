import { revealBidiControls } from './bidi-controls.ts'
import type { BlockStack } from './block-stack.ts'
import { closesFence, fenceStart, headingStart, isRule, itemMarker, mathStart, underlineLevel } from './block-starts.ts'
import { emptyItem, type Frame, type Leaf, readInline, readRow } from './frames.ts'
import { LineCursor } from './line-cursor.ts'
import { safeLink } from './safe-link.ts'
import { scanDefinition } from './scan-link.ts'
import { append, emptySequence } from './sequence.ts'
import { delimiterRow, splitRow } from './table-row.ts'

/**
 * Reads one more line into the open blocks: CommonMark's way, line by line and never back. HTML begins no block of its
 * own. What is nested deeper than `deepestContainer` is text.
 */
export function addLine(stack: BlockStack, line: string) {
  const cursor = new LineCursor(line.replaceAll('\0', '\ufffd'))
  const matched = matchOpen(stack.frames, cursor)
  const tip = stack.tip
  const whole = matched === stack.frames.length
  if (whole && isVerbatim(tip)) return addVerbatim(stack, tip, cursor)
  const leafMatched = whole && (tip.kind === 'paragraph' || tip.kind === 'table')
  const containers = leafMatched ? matched - 1 : matched
  if (startBlock(stack, cursor, containers, leafMatched)) return
  // A line that begins nothing goes on with the paragraph above, even without the marks of quotes and items.
  const lazy = stack.tip.kind === 'paragraph' && !cursor.blank
  if (!lazy && !leafMatched && stack.frames.length > containers && !stack.opened) stack.closeTo(containers)
  addText(stack, cursor)
}

const deepestContainer = 100

/** How many of the open frames the line goes on with; moves the cursor past their marks. */
function matchOpen(frames: readonly Frame[], cursor: LineCursor): number {
  const failed = frames.findIndex((frame, index) => !continues(frame, cursor, index === frames.length - 1))
  return failed === -1 ? frames.length : failed
}

function continues(frame: Frame, cursor: LineCursor, isTip: boolean): boolean {
  switch (frame.kind) {
    case 'document':
    case 'list':
    case 'fence':
      return true
    case 'quote':
      return takeQuoteMark(cursor)
    case 'item':
      if (cursor.blank) return !(isTip && frame.children.length === 0)
      if (cursor.indent < frame.indent) return false
      cursor.skipSpace(frame.indent)
      return true
    case 'indented':
      if (cursor.indent < 4 && !cursor.blank) return false
      cursor.skipSpace(4)
      return true
    case 'paragraph':
    case 'math':
    case 'table':
      return !cursor.blank
  }
}

function takeQuoteMark(cursor: LineCursor): boolean {
  if (cursor.indent > 3 || !cursor.content.startsWith('>')) return false
  cursor.skipMarker(1)
  cursor.skipSpace(1)
  return true
}

type Verbatim = Extract<Leaf, { kind: 'fence' | 'indented' | 'math' }>

function isVerbatim(frame: Frame): frame is Verbatim {
  return frame.kind === 'fence' || frame.kind === 'indented' || frame.kind === 'math'
}

function addVerbatim(stack: BlockStack, frame: Verbatim, cursor: LineCursor) {
  stack.blank = frame.kind === 'indented' && cursor.blank
  switch (frame.kind) {
    case 'fence': {
      if (cursor.indent < 4 && closesFence(cursor.content, frame)) {
        stack.replaceTip({ ...frame, code: { ...frame.code, closed: true } })
        return stack.closeTo(stack.frames.length - 1)
      }
      cursor.skipSpace(frame.indent)
      const lines = append(frame.code.lines, revealBidiControls(cursor.rest))
      return stack.replaceTip({ ...frame, code: { ...frame.code, lines } })
    }
    case 'indented': {
      // Blank lines count only once code follows them.
      if (cursor.blank) return stack.replaceTip({ ...frame, blanks: [...frame.blanks, cursor.rest] })
      const lines = [...frame.blanks, revealBidiControls(cursor.rest)].reduce(append, frame.lines)
      return stack.replaceTip({ ...frame, lines, blanks: [] })
    }
    case 'math': {
      const content = cursor.content
      const end = content.indexOf(frame.closer)
      const behind = end === -1 ? content.length : end + frame.closer.length
      stack.replaceTip({ ...frame, text: `${frame.text}\n${content.slice(0, behind)}` })
      if (end === -1) return
      stack.closeTo(stack.frames.length - 1)
      const text = content.slice(behind).trimStart()
      if (text !== '') stack.open({ kind: 'paragraph', text })
    }
  }
}

/**
 * Opens whatever the rest of the line begins, containers first. True if the line is used up by it. `containers` counts
 * the frames the line is in; `inLeaf` says that it also goes on with the paragraph or table after them.
 */
function startBlock(stack: BlockStack, cursor: LineCursor, containers: number, inLeaf: boolean): boolean {
  let inside = containers
  let leaf = inLeaf ? stack.tip : undefined
  for (;;) {
    if (cursor.blank) return false
    if (cursor.indent > 3) {
      if (stack.tip.kind === 'paragraph') return false
      cursor.skipSpace(4)
      stack.closeTo(inside)
      stack.open({ kind: 'indented', lines: append(emptySequence, revealBidiControls(cursor.rest)), blanks: [] })
      return true
    }
    if (startLeaf(stack, cursor, inside, leaf)) return true
    const opened = inside <= deepestContainer && startContainer(stack, cursor, inside, leaf?.kind === 'paragraph')
    if (!opened) return false
    inside = stack.frames.length
    leaf = undefined
  }
}

function startContainer(stack: BlockStack, cursor: LineCursor, inside: number, inParagraph: boolean): boolean {
  const content = cursor.content
  if (content.startsWith('>')) {
    takeQuoteMark(cursor)
    stack.closeTo(inside)
    stack.open({ kind: 'quote', children: emptySequence })
    return true
  }
  const marker = itemMarker(content, inParagraph)
  if (marker === undefined) return false
  const markerIndent = cursor.indent
  cursor.skipMarker(marker.length)
  const space = cursor.indent
  // Content five columns away is code; none at all begins one column after the marker.
  const padding = cursor.blank || space > 4 ? 1 : space
  cursor.skipSpace(padding)
  stack.closeTo(inside)
  stack.openItem(marker, emptyItem(markerIndent + marker.length + padding))
  return true
}

function startLeaf(stack: BlockStack, cursor: LineCursor, inside: number, leaf: Frame | undefined): boolean {
  const { content, indent } = cursor
  if (leaf?.kind === 'paragraph') {
    if (startTable(stack, leaf.text, content)) return true
    const level = underlineLevel(content)
    if (level !== undefined) {
      const spans = readInline(leaf.text, stack.reader, false)
      stack.dropTip()
      stack.add({ kind: 'heading', level, spans })
      return true
    }
  }
  const heading = headingStart(content)
  const fence = fenceStart(content)
  const closer = mathStart(content)
  if (heading === undefined && fence === undefined && closer === undefined && !isRule(content)) return false
  stack.closeTo(inside)
  if (heading !== undefined) {
    const spans = readInline(heading.text, stack.reader, stack.growing)
    stack.add({ kind: 'heading', level: heading.level, spans })
  } else if (fence !== undefined) {
    const { character, length, language } = fence
    stack.open({
      kind: 'fence',
      code: { kind: 'code', language, lines: emptySequence, closed: false },
      character,
      length,
      indent,
    })
  } else if (closer !== undefined) {
    stack.open({ kind: 'math', text: content, closer })
    if (content.includes(closer, 2)) stack.closeTo(stack.frames.length - 1)
  } else stack.add({ kind: 'rule' })
  return true
}

/** The paragraph's last line becomes a table's head if this line is the one below it. */
function startTable(stack: BlockStack, paragraph: string, content: string): boolean {
  const alignments = delimiterRow(content)
  if (alignments === undefined) return false
  const start = paragraph.lastIndexOf('\n') + 1
  const head = paragraph.slice(start)
  if (!head.includes('|') || splitRow(head, alignments.length + 1).length !== alignments.length) return false
  stack.replaceTip({ kind: 'paragraph', text: paragraph.slice(0, Math.max(0, start - 1)) })
  stack.closeTo(stack.frames.length - 1)
  const header = readRow(head, alignments.length, stack.reader, false)
  stack.open({ kind: 'table', alignments, header, rows: emptySequence })
  return true
}

function addText(stack: BlockStack, cursor: LineCursor) {
  const tip = stack.tip
  if (cursor.blank) {
    stack.blank = tip.kind !== 'quote' && !stack.opened
    return
  }
  if (tip.kind === 'paragraph') return stack.replaceTip({ ...tip, text: `${tip.text}\n${cursor.content}` })
  if (tip.kind === 'table') {
    const row = readRow(cursor.content, tip.alignments.length, stack.reader, stack.growing)
    return stack.replaceTip({ ...tip, rows: append(tip.rows, row) })
  }
  const definition = scanDefinition(cursor.content)
  // One that leads nowhere is shown: it is a label, as in `[INFO]: started`.
  if (definition !== undefined && safeLink(definition.destination) !== undefined) return stack.define(definition)
  const [, mark, text] =
    (tip.kind === 'item' && tip.children.length === 0 && /^\[([ xX])\][ \t]+(\S.*)$/.exec(cursor.content)) || []
  if (tip.kind === 'item' && mark !== undefined) stack.replaceTip({ ...tip, task: mark !== ' ' })
  stack.open({ kind: 'paragraph', text: text ?? cursor.content })
}
