import { onlyText, readChunk, type TextEvent } from './read-chunk.ts'

/**
 * One event of a stream without its text: most events of a stream differ in nothing else. The bytes before the text, up
 * to its opening quote, and those after it, from its closing quote to the end of the event's blank line; as Latin-1
 * strings, one unit a byte.
 */
export interface ChunkTemplate {
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
    const template = cutText(event, type)
    if (template === undefined || matchTemplate(template, before, 0) === -1 || !isProven(template)) return undefined
    last = ''
    return { type, before: copyOf(template.before), after: copyOf(template.after) }
  }
}

/** Where the text of the event at `position` ends, if that event is of the template and whole; else -1. */
export function matchTemplate({ before, after }: ChunkTemplate, text: string, position: number): number {
  const start = position + before.length
  // Cutting and comparing takes a quarter of the time of `startsWith`, which compares unit by unit.
  if (text.slice(position, start) !== before) return -1
  const end = endOfString(text, start)
  return end !== -1 && text.slice(end, end + after.length) === after ? end : -1
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

function cutText(event: string, type: TextEvent['type']): ChunkTemplate | undefined {
  const found = textStart[type].exec(event)
  if (found === null) return undefined
  const start = found.index + found[0].length
  const end = endOfString(event, start)
  return end === -1 ? undefined : { type, before: event.slice(0, start), after: event.slice(end) }
}

function isProven({ type, before, after }: ChunkTemplate): boolean {
  const chunkWith = (probe: string) => readChunk((before + probe + after).slice('data:'.length))
  // Two texts, as one could stand in the chunk by chance; and none, in whose place another field could be read.
  const saysProbes = ['a', 'b'].every(probe => {
    const said = onlyText(chunkWith(probe))
    return said?.type === type && said.text === probe
  })
  return saysProbes && chunkWith('').texts.length === 0
}

/** Where the JSON string that begins before `start` has its closing quote; -1 where that is no JSON string. */
function endOfString(text: string, start: number): number {
  let escaped = false
  for (let place = start; place < text.length; place++) {
    const unit = text.charCodeAt(place)
    if (unit < firstPrintable) return -1
    if (escaped) escaped = false
    else if (unit === quote) return place
    else if (unit === backslash) escaped = true
  }
  return -1
}

/** A string of its own: a piece of another one keeps that one in memory. */
const copyOf = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('latin1')
