import type { Detokenizer, Token } from 'node-llama-cpp'

/** Turns an answer's tokens into text, piece by piece. */
export interface TokenText {
  /** The text that this token completes; '' while a character's bytes are still incomplete. */
  push(token: Token): string
}

/** Tokens before a piece that decide whether it begins with a space; the library looks at no more than that. */
const contextTokens = 8
/** A window is closed at this length whatever it ends in: a model that emits only U+FFFD must not cost quadratic time. */
const longestWindow = 16

/** `before`: the prompt, which decides whether the first piece begins with a space. */
export function createTokenText(detokenize: Detokenizer, before: readonly Token[]): TokenText {
  let context = before.slice(-contextTokens)
  let window: Token[] = [] // tokens since the last whole character
  let sent = 0 // UTF-16 units of the window's text that were returned
  return {
    push(token) {
      window.push(token)
      const text = detokenize(window, false, context)
      const closed = !text.endsWith('\ufffd') || window.length >= longestWindow
      // Bytes that may yet become a character show as exactly one U+FFFD at the end; any other one is final.
      const piece = text.slice(sent, closed ? undefined : -1)
      sent += piece.length
      if (closed) {
        context = [...context, ...window].slice(-contextTokens)
        window = []
        sent = 0
      }
      return piece
    },
  }
}
