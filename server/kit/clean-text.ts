/**
 * Text as it may enter the log and the database: U+0000, which Postgres refuses, is dropped, and a surrogate without its
 * partner becomes U+FFFD. Everything else passes unchanged.
 */
export function cleanText(text: string): string {
  return dropNull(text).toWellFormed()
}

/** `cleanText` for a text that arrives in pieces. */
export interface TextCleaner {
  /** Cleans the next piece. A high surrogate at its end is kept back until its partner may come. */
  push(piece: string): string
  /** What was kept back, once nothing more comes: '' or U+FFFD. */
  end(): string
}

export function createTextCleaner(): TextCleaner {
  let open = ''
  return {
    push(piece) {
      if (piece === '') return ''
      const text = dropNull(open + piece)
      open = endsInHighSurrogate(text) ? text.slice(-1) : ''
      return (open === '' ? text : text.slice(0, -1)).toWellFormed()
    },
    end() {
      const rest = open.toWellFormed()
      open = ''
      return rest
    },
  }
}

const dropNull = (text: string) => (text.includes('\0') ? text.replaceAll('\0', '') : text)

const endsInHighSurrogate = (text: string) => (text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800
