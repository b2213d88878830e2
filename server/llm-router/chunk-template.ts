import { onlyText, readChunk, type TextEvent } from './read-chunk.ts'

/**
 * One event of a stream without its text: most events of a stream differ in nothing else. The bytes before the text, up
 * to its opening quote, and those after it, from its closing quote to the end of the event's blank line.
 */
export interface ChunkTemplate {
  readonly type: TextEvent['type']
  readonly before: Buffer
  readonly after: Buffer
}

/** The same as Latin-1 strings, one unit a byte. */
interface CutEvent {
  readonly type: TextEvent['type']
  readonly before: string
  readonly after: string
}

/**
 * Looks at whole events, each of one data line, that said nothing but text of a type, and returns a template once two
 * of them in a row are alike but for the text.
 *
 * A template is proven, not guessed. What stands between its two parts is one JSON string, and the chunk says that
 * string and nothing else. So whatever other string stands there, the chunk says that one.
 */
export function createTemplateLearner(): (event: string, type: TextEvent['type']) => ChunkTemplate | undefined {
  let last = ''
  return (event, type) => {
    const before = last
    last = event
    // Some clusters end every event differently: those are told apart before anything is cut.
    if (event.slice(-tailLength) !== before.slice(-tailLength)) return undefined
    const cut = cutText(event, type)
    if (cut === undefined) return undefined
    const template = { type, before: Buffer.from(cut.before, 'latin1'), after: Buffer.from(cut.after, 'latin1') }
    if (matchTemplate(template, Buffer.from(before, 'latin1'), 0) === -1 || !isProven(cut)) return undefined
    last = ''
    return template
  }
}

/** Where the text of the event at `position` ends, if that event is of the template and whole; else -1. */
export function matchTemplate({ before, after }: ChunkTemplate, bytes: Uint8Array, position: number): number {
  const start = position + before.length
  if (start + after.length > bytes.length) return -1
  // From behind: where events differ it is in what stands close to their text. Compiled, this is cheaper than a call.
  for (let index = before.length - 1; index >= 0; index--) {
    if (bytes[position + index] !== before[index]) return -1
  }
  const end = endOfString(bytes, start)
  if (end === -1 || end + after.length > bytes.length) return -1
  for (let index = 0; index < after.length; index++) {
    if (bytes[end + index] !== after[index]) return -1
  }
  return end
}

/** Room for the last number or string of an event, and its blank line. */
const tailLength = 16
const quote = 0x22
const backslash = 0x5c
const firstPrintable = 0x20

const textStart: Readonly<Record<TextEvent['type'], RegExp>> = {
  text: /"content": *"/,
  reasoning: /"reasoning(?:_content)?": *"/,
}

function cutText(event: string, type: TextEvent['type']): CutEvent | undefined {
  const found = textStart[type].exec(event)
  if (found === null) return undefined
  const start = found.index + found[0].length
  const end = endOfString(Buffer.from(event, 'latin1'), start)
  return end === -1 ? undefined : { type, before: event.slice(0, start), after: event.slice(end) }
}

function isProven({ type, before, after }: CutEvent): boolean {
  const chunkWith = (probe: string) => readChunk((before + probe + after).slice('data:'.length))
  // Two texts, as one could stand in the chunk by chance; and none, in whose place another field could be read.
  const saysProbes = ['a', 'b'].every(probe => {
    const said = onlyText(chunkWith(probe))
    return said?.type === type && said.text === probe
  })
  return saysProbes && chunkWith('').texts.length === 0
}

/** Where the JSON string that begins before `start` has its closing quote; -1 where that is no JSON string. */
function endOfString(bytes: Uint8Array, start: number): number {
  let escaped = false
  for (let place = start; place < bytes.length; place++) {
    const unit = bytes[place] ?? 0
    if (unit < firstPrintable) return -1
    if (escaped) escaped = false
    else if (unit === quote) return place
    else if (unit === backslash) escaped = true
  }
  return -1
}
