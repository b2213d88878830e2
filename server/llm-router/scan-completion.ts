import type { FinishReason } from '#protocol'
import { type ChunkTemplate, createTemplateLearner, matchTemplate } from './chunk-template.ts'
import type { GenerationEvent } from './generation-event.ts'
import { createToolCallReader, onlyText, parseJson, readChunk, reportedError, type UsageEvent } from './read-chunk.ts'

/**
 * Reads the `text/event-stream` (WHATWG HTML, section 9.2) in which a cluster sends a chat completion. An event that
 * differs from the one before in nothing but its text is read without JSON: every token of every answer comes through
 * here. After a throw, and once the answer is complete, there is nothing more to read.
 */
export interface CompletionScanner {
  /**
   * Takes the next bytes, cut anywhere, and returns what they complete, which is the same wherever the bytes are cut;
   * the usage comes with the end. Keeps none of `bytes`. Throws when an event is no completion chunk or reports an
   * error, and when an event is longer than 1 MiB; what the same bytes brought before that is lost.
   */
  push(bytes: Uint8Array): readonly GenerationEvent[]
  /** True once both the finish reason and the end marker have come: only then is the answer whole. */
  readonly complete: boolean
}

/** Longest event, and longest line: more is never held in memory. */
const mostEventBytes = 1_048_576

export function createCompletionScanner(): CompletionScanner {
  const held = createHeldBytes()
  const learnTemplate = createTemplateLearner()
  const readToolCall = createToolCallReader()
  let template: ChunkTemplate | undefined
  let atStart = true
  /** The last byte so far was a CR: an LF that comes next belongs to it. */
  let afterReturn = false
  /** The data lines of the event that has begun. */
  let data: string | undefined
  let finishReason: FinishReason | undefined
  let usage: UsageEvent | undefined
  // Not a getter: those of a literal make a dictionary of it, and each look-up a search.
  const scanner = { complete: false, push }
  return scanner

  function push(bytes: Uint8Array): readonly GenerationEvent[] {
    if (scanner.complete || bytes.length === 0) return []
    const lines = held.join(bytes)
    if (lines === undefined) return []
    const events: GenerationEvent[] = []
    held.hold(lines, scan(lines, events))
    return events
  }

  /** Reads all whole lines of `bytes` and returns where the rest begins. */
  function scan(bytes: Buffer, events: GenerationEvent[]): number {
    let position = afterReturn && bytes[0] === lineFeed ? 1 : 0
    afterReturn = false
    if (template !== undefined && data === undefined) position = readAlike(template, bytes, position, events)
    return position === bytes.length ? position : scanLines(bytes, position, events)
  }

  /** Reads the events of the template that stand next, without a string of all that came; returns where they end. */
  function readAlike(alike: ChunkTemplate, bytes: Buffer, from: number, events: GenerationEvent[]): number {
    for (let position = from; ; ) {
      const textEnd = matchTemplate(alike, bytes, position)
      const eventEnd = textEnd + alike.after.length
      if (textEnd === -1 || eventEnd - position > mostEventBytes) return position
      const said = readString(bytes, position + alike.before.length, textEnd)
      if (said !== '') events.push({ type: alike.type, text: said })
      position = eventEnd
    }
  }

  function scanLines(bytes: Buffer, from: number, events: GenerationEvent[]): number {
    // One unit a byte, so that places in it are places in the bytes: strings are searched and compared fastest.
    const text = bytes.toString('latin1')
    const endOfLine = createLineFinder(text)
    let position = from
    let eventStart = -1 // of an event whose only line so far is one of data
    while (position < text.length && !scanner.complete) {
      let start = position
      const end = endOfLine(start)
      if (end === -1) break
      position = end + 1
      if (text.charCodeAt(end) === carriageReturn) {
        if (text.charCodeAt(position) === lineFeed) position += 1
        else afterReturn = position === text.length
      }
      if (atStart) {
        atStart = false
        if (text.startsWith(byteOrderMark)) start += byteOrderMark.length
      }
      if (start < end) {
        const begun = data !== undefined
        readLine(bytes, text, start, end, events)
        eventStart = begun || data === undefined ? -1 : start
      } else if (data !== undefined) {
        readEvent(data, eventStart === -1 ? undefined : text.slice(eventStart, position), events)
        data = undefined
        if (template !== undefined) position = readAlike(template, bytes, position, events)
      }
    }
    return scanner.complete ? text.length : position
  }

  function readLine(bytes: Buffer, text: string, start: number, end: number, events: GenerationEvent[]): void {
    if (end - start > mostEventBytes) throw tooLong()
    if (text.startsWith('data:', start)) {
      const value = bytes.toString('utf8', text.charCodeAt(start + 5) === space ? start + 6 : start + 5, end)
      if (data !== undefined) {
        if (data.length + value.length > mostEventBytes) throw tooLong()
        data += `\n${value}`
      } else if (value.trimEnd() === '[DONE]') {
        readEndMarker(events)
      } else {
        data = value
      }
      return
    }
    // llama.cpp had a field of its own for errors.
    if (text.startsWith('error:', start) || /^event: ?error$/.test(text.slice(start, end))) throw reportedError()
  }

  function readEvent(json: string, event: string | undefined, events: GenerationEvent[]): void {
    if (!/\S/.test(json)) return // keeps the connection awake
    const news = readChunk(json)
    events.push(...news.texts)
    for (const delta of news.toolDeltas) events.push(readToolCall(delta))
    finishReason = news.finishReason ?? finishReason
    usage = news.usage ?? usage
    const text = onlyText(news)
    if (text !== undefined && event !== undefined) template = learnTemplate(event, text.type) ?? template
  }

  /** At its line's end already: the blank line after it tells nothing more, and may never come. */
  function readEndMarker(events: GenerationEvent[]): void {
    if (finishReason === undefined) return
    scanner.complete = true
    if (usage !== undefined) events.push(usage) // some clusters count in every chunk: the last count is of the whole
    events.push({ type: 'end', finishReason })
  }
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const space = 0x20
/** As its three bytes look in Latin-1. */
const byteOrderMark = '\u00ef\u00bb\u00bf'

const tooLong = () => new Error('an event of the stream is longer than 1 MiB')

/** What the JSON string says whose text lies from `start` to `end`. */
function readString(bytes: Buffer, start: number, end: number): string {
  if (isPlain(bytes, start, end)) return bytes.toString('latin1', start, end)
  const raw = bytes.toString('utf8', start, end)
  return raw.includes('\\') ? String(parseJson(`"${raw}"`)) : raw
}

function isPlain(bytes: Buffer, start: number, end: number): boolean {
  for (let place = start; place < end; place++) {
    const unit = bytes[place] ?? 0
    if (unit >= 0x80 || unit === 0x5c) return false
  }
  return true
}

/** Finds the next end of a line, LF or CR, at or after a place that only moves on; -1 when there is none. */
function createLineFinder(text: string): (from: number) => number {
  let feed = -1
  let carriage = -1
  // Each is looked for again only once it is passed: else a text without one of them is searched to its end every time.
  return from => {
    if (feed < from) feed = find('\n', from)
    if (carriage < from) carriage = find('\r', from)
    const end = Math.min(feed, carriage)
    return end === Number.POSITIVE_INFINITY ? -1 : end
  }
  function find(mark: string, from: number): number {
    const place = text.indexOf(mark, from)
    return place === -1 ? Number.POSITIVE_INFINITY : place
  }
}

/** The line that has not ended yet: a copy, since the socket's reader may use its memory again. */
interface HeldBytes {
  /** What is held, then `bytes`. While `bytes` end no line, nothing is to be read: they are held too. */
  join(bytes: Uint8Array): Buffer | undefined
  /** Holds, in place of all else, what `lines` has from `from` on. */
  hold(lines: Buffer, from: number): void
}

function createHeldBytes(): HeldBytes {
  let memory = Buffer.alloc(0)
  let length = 0

  function append(bytes: Buffer): void {
    const needed = length + bytes.length
    if (needed > memory.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * memory.length))
      larger.set(memory.subarray(0, length))
      memory = larger
    }
    memory.set(bytes, length)
    length = needed
  }

  return {
    join(bytes) {
      const fresh = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      if (length === 0) return fresh
      append(fresh)
      if (fresh.includes(lineFeed) || fresh.includes(carriageReturn)) return memory.subarray(0, length)
      if (length > mostEventBytes) throw tooLong()
      return undefined
    },
    hold(lines, from) {
      length = 0
      if (from < lines.length) append(lines.subarray(from))
      if (length > mostEventBytes) throw tooLong()
    },
  }
}
