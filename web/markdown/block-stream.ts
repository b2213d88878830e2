import { addLine } from './add-line.ts'
import { BlockStack, type BlockState, emptyState } from './block-stack.ts'
import { createInlineReader, type InlineReader } from './frames.ts'
import type { Meter } from './inline-run.ts'
import type { MarkdownDocument } from './tree.ts'
import { isUndecided } from './undecided-line.ts'

/** An answer's markdown as blocks, read further as it grows. */
export interface BlockStream {
  /**
   * The document a text is. A text that goes on from the one read before costs what is new in it; any other is read from
   * the beginning. Blocks, items, rows and pieces of text that are finished keep their identity from call to call. The
   * result depends on the text alone, not on the calls before.
   *
   * With `streaming`, the end of the text is shown kindly: what is still open counts as closed, and a last line that
   * could yet become something else is held back. Never throws.
   */
  read(text: string, streaming: boolean): MarkdownDocument
}

/** `meter` counts the characters read, for tests. */
export function createBlockStream(meter: Meter = { characters: 0 }): BlockStream {
  let reader = createInlineReader(meter)
  let state = emptyState
  /** The whole lines that `state` has read. */
  let read = ''
  let latest: { text: string; streaming: boolean; document: MarkdownDocument } | undefined
  return {
    read(text, streaming) {
      if (latest?.text === text && latest.streaming === streaming) return latest.document
      if (!text.startsWith(read)) {
        reader = createInlineReader(meter)
        state = emptyState
        read = ''
      }
      const end = text.lastIndexOf('\n') + 1
      if (end > read.length) {
        state = addLines(state, text.slice(read.length, end - 1), reader)
        read = text.slice(0, end)
      }
      const document = withLastLine(state, text.slice(end), streaming, reader)
      latest = { text, streaming, document }
      return document
    },
  }
}

function addLines(state: BlockState, text: string, reader: InlineReader): BlockState {
  reader.meter.characters += text.length
  return text.split('\n').reduce((before, line) => {
    const stack = new BlockStack(before, reader, false)
    addLine(stack, withoutReturn(line))
    return stack.state
  }, state)
}

/** The document as it is with a line that has no end yet. */
function withLastLine(state: BlockState, line: string, streaming: boolean, reader: InlineReader): MarkdownDocument {
  const stack = new BlockStack(state, reader, streaming)
  const shown = withoutReturn(line)
  const held = streaming && isUndecided(shown, stack.tip.kind)
  if (shown !== '' && !held) addLine(stack, shown)
  const { definitions } = stack.state
  return { blocks: stack.finish(), definitions }
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
