/** Which stream is read: that of a chat completion, or that of a turn's events. */
export type StreamKind = 'completion' | 'turn'

/** Counts one answer as it comes, without parsing it, so that the reader is not what is measured. */
export interface AnswerCounter {
  push(bytes: Buffer): void
  /** Of the answer's text, in however many frames it came. */
  readonly characters: number
  /** Pieces that the text came in: fewer than its tokens where some were merged. */
  readonly pieces: number
  /** The stream said that it is whole. */
  readonly ended: boolean
}

export function createAnswerCounter(kind: StreamKind): AnswerCounter {
  const end = ends[kind]
  let rest: Buffer = nothing
  let characters = 0
  let pieces = 0
  let ended = false
  return {
    get characters() {
      return characters
    },
    get pieces() {
      return pieces
    },
    get ended() {
      return ended
    },
    push(bytes) {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
      // A frame may be cut anywhere; only whole ones are counted.
      const lastFrame = all.lastIndexOf(frameEnd)
      const whole = lastFrame === -1 ? 0 : lastFrame + frameEnd.length
      rest = whole === all.length ? nothing : all.subarray(whole)
      const endAt = all.indexOf(end)
      // The end of a turn tells the whole answer once more.
      const until = endAt === -1 || endAt >= whole ? whole : endAt
      if (until < whole) ended = true
      for (let at = all.indexOf(content); at !== -1 && at < until; at = all.indexOf(content, at)) {
        at += content.length
        const length = all.indexOf(quote, at) - at
        characters += length
        if (length > 0) pieces += 1
      }
    },
  }
}

const nothing = Buffer.alloc(0)
const frameEnd = Buffer.from('\n\n')
const content = Buffer.from('"content":"')
const quote = 34
const ends: Readonly<Record<StreamKind, Buffer>> = {
  completion: Buffer.from('data: [DONE]'),
  turn: Buffer.from('event: done'),
}
