/** Ends a text at the first stop string, which may arrive in pieces; no character of it is ever let through. */
export interface StopStrings {
  /** True once a stop string was seen; nothing is let through after it. */
  readonly found: boolean
  /** Takes the next piece and returns what can no longer be part of a stop string. */
  push(piece: string): string
  /** What was held back, once nothing more comes. */
  end(): string
}

export function createStopStrings(stops: readonly string[]): StopStrings {
  let found = false
  let held = ''
  return {
    get found() {
      return found
    },
    push(piece) {
      if (found) return ''
      const text = held + piece
      held = ''
      const at = Math.min(...stops.map(stop => text.indexOf(stop)).filter(index => index >= 0))
      if (Number.isFinite(at)) {
        found = true
        return text.slice(0, at)
      }
      const open = Math.max(0, ...stops.map(stop => openLength(text, stop)))
      held = text.slice(text.length - open)
      return text.slice(0, text.length - open)
    },
    end() {
      const rest = held
      held = ''
      return rest
    },
  }
}

/** Length of the longest end of `text` that begins `stop`. */
function openLength(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length
  return 0
}
