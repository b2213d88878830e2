/** A formula found in running text. */
export interface FoundMath {
  readonly tex: string
  readonly display: boolean
  /** Index after the closing sign. */
  readonly end: number
}

/**
 * Reads the formula that begins at `start` with `$`, `$$`, `\(` or `\[`. `open` where its closing sign may still come,
 * `text` where the sign is no formula's. A dollar sign opens only before something that is not a space, and closes only
 * after such and before no digit; an amount of money followed by words is text: "costs $5 and $10".
 */
export function scanMath(text: string, start: number): FoundMath | 'open' | 'text' {
  if (text.startsWith('$$', start)) return between(text, start, '$$', '$$', true)
  if (text.startsWith('\\[', start)) return between(text, start, '\\[', '\\]', true)
  if (text.startsWith('\\(', start)) return between(text, start, '\\(', '\\)', false)
  return betweenDollars(text, start)
}

/** Whether the TeX after a single dollar sign is surely a formula's, so that it is not taken for money while it grows. */
export function looksLikeTex(text: string): boolean {
  return text.length < longestDollarMath && /[\\^_{=]/.test(text) && !isMoney(text)
}

/** In characters. Longer ones stand between dollar signs by accident. */
const longestDollarMath = 500

function between(
  text: string,
  start: number,
  opener: string,
  closer: string,
  display: boolean,
): FoundMath | 'open' | 'text' {
  const from = start + opener.length
  const end = text.indexOf(closer, from)
  if (end === -1) return 'open'
  const tex = text.slice(from, end).trim()
  return tex === '' ? 'text' : { tex, display, end: end + closer.length }
}

function betweenDollars(text: string, start: number): FoundMath | 'open' | 'text' {
  if (/[\p{L}\p{N}$]/u.test(text.charAt(start - 1)) || /^$|[\s$]/.test(text.charAt(start + 1))) return 'text'
  const limit = Math.min(text.length, start + longestDollarMath)
  for (let at = start + 1; at < limit; at += 1) {
    const character = text.charAt(at)
    if (character === '\\') at += 1
    if (character !== '$') continue
    if (/\s/.test(text.charAt(at - 1))) return 'text'
    const tex = text.slice(start + 1, at)
    if (/[\p{N}$]/u.test(text.charAt(at + 1)) || isMoney(tex)) return 'text'
    return { tex, display: false, end: at + 1 }
  }
  return limit < text.length ? 'text' : 'open'
}

/** A number, then words, and nothing that only TeX has. */
function isMoney(tex: string): boolean {
  return /^\d/.test(tex) && /\s\p{L}{2}/u.test(tex) && !/[\\^_={]/.test(tex)
}
