import { parseInlines } from './parse-inlines.ts'
import type { Span, Spans } from './tree.ts'

/** How much text was read, in characters, to bring an answer on the screen: a figure for tests. */
export interface Meter {
  characters: number
}

/**
 * A growing inline text, read up to `cut`. Where nothing is open - no mark, code, bracket or formula - at a space or a
 * full-width stop, the text is cut and what lies before is never read again. Where the cuts lie depends on the text
 * alone, not on how it arrived. A mark that is still open after `longestSpan` characters is given up: it is text.
 */
export interface Run {
  readonly text: string
  readonly closed: Spans
  readonly cut: number
  /** In characters after `cut`: where the next attempt to cut is made. */
  readonly attempt: number
}

/** Reads a text, going on from a run of its beginning if it is one. */
export function growRun(previous: Run | undefined, text: string, meter: Meter): Run {
  const known = previous !== undefined && text.startsWith(previous.text.slice(0, previous.cut + previous.attempt))
  const closed: Span[] = known ? [...previous.closed] : []
  let cut = known ? previous.cut : 0
  let attempt = known ? previous.attempt : firstAttempt
  for (;;) {
    const at = boundary(text, cut, attempt)
    if (at === undefined) return { text, closed, cut, attempt }
    const { nodes, open } = read(text.slice(cut, at), false, meter)
    if (open && at - cut < longestSpan) {
      attempt = Math.min(Math.max(attempt * 2, at - cut + 1), longestSpan)
      continue
    }
    closed.push(nodes)
    cut = at
    attempt = firstAttempt
  }
}

/** Everything in the run; with `growing`, its end is shown as that of a text that is still being written. */
export function spansOf(run: Run, growing: boolean, meter: Meter): Spans {
  const rest = run.text.slice(run.cut)
  return rest === '' ? run.closed : [...run.closed, read(rest, growing, meter).nodes]
}

/** In characters. Short enough to be read for each token, long enough that paragraphs are not made of crumbs. */
const firstAttempt = 240
const longestSpan = 4096

/** Where to cut at the earliest `attempt` characters after the last cut, or nothing while that is not known yet. */
function boundary(text: string, cut: number, attempt: number): number | undefined {
  if (text.length <= cut + attempt) return undefined
  cutting.lastIndex = cut + attempt
  const found = cutting.exec(text)?.index
  if (found !== undefined && found + 1 - cut <= longestSpan) return found + 1
  const end = cut + longestSpan
  if (text.length <= end) return undefined
  // Never between the halves of one character.
  return /[\ud800-\udbff]/.test(text.charAt(end - 1)) ? end - 1 : end
}

const cutting = /[\s，。、；：！？](?=[^\s，。、；：！？])/g

function read(text: string, growing: boolean, meter: Meter) {
  meter.characters += text.length
  return parseInlines(text, growing)
}
