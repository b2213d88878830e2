/**
 * Reads `text/event-stream` (WHATWG HTML, section 9.2) as clusters send it: only the data matters, so `event`, `id` and
 * `retry` lines are skipped, as are comments.
 */
export interface EventStreamReader {
  /** Takes the next bytes, cut anywhere, and returns the data of each event that they complete. */
  push(bytes: Uint8Array): string[]
}

export function createEventStreamReader(): EventStreamReader {
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []
  return {
    push(bytes) {
      rest += decoder.decode(bytes, { stream: true })
      // A CR at the very end may be the first half of CRLF.
      const complete = rest.endsWith('\r') ? rest.length - 1 : rest.length
      const lines = rest.slice(0, complete).split(/\r\n|\n|\r/)
      rest = (lines.pop() ?? '') + rest.slice(complete)
      const events: string[] = []
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) events.push(data.join('\n'))
          data = []
        } else if (line.startsWith('data:')) {
          data.push(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5))
        }
      }
      return events
    },
  }
}
