/**
 * What one character is to the rules: a space for every white space, small letters for large ones, the plain letter for
 * its fullwidth, ornate, accented or look-alike forms (NFKC, full case folding, Latin without marks, homoglyphs), and
 * nothing for what no reader sees.
 */
export interface CanonicalCharacter {
  /** UTF-16 units; none where the character is dropped. */
  readonly units: readonly number[]
  /** For each unit: it belongs to a word, in a script that puts spaces between words. */
  readonly inWord: readonly boolean[]
  /** A combining mark, which counts only behind a letter that `keepsMarks`. */
  readonly mark: boolean
}

export interface CanonicalCharacters {
  of(codePoint: number): CanonicalCharacter
}

/** The canonical unit of each ASCII character; 0 where it is dropped. */
export const asciiUnits = Uint8Array.from({ length: 128 }, (_, code) => {
  if (isAsciiSpace(code)) return 0x20
  if (code < 0x20 || code === 0x7f) return 0
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code
})

/** 1 where the ASCII character belongs to a word. */
export const asciiInWord = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** Makes the table, which remembers the characters it was asked for last. */
export function createCanonicalCharacters(): CanonicalCharacters {
  const known = new Map<number, CanonicalCharacter>()
  return {
    of(codePoint) {
      let character = known.get(codePoint)
      if (character === undefined) {
        if (known.size === mostKnown) known.clear()
        character = canonicalise(String.fromCodePoint(codePoint))
        known.set(codePoint, character)
      }
      return character
    },
  }
}

/**
 * Whether a mark behind this canonical unit makes another letter of it (Cyrillic, Hebrew, Devanagari ...). Behind Latin
 * letters, digits and signs marks are ornament.
 */
export const keepsMarks = (unit: number) => unit > 0x7f && nonLatinLetter.test(String.fromCharCode(unit))

/** More characters than any text uses, fewer than fill the memory when somebody sends all of Unicode. */
const mostKnown = 16_384

const whiteSpace = /^\p{White_Space}$/u
const invisible = /^[\p{Default_Ignorable_Code_Point}\p{Cc}\u{FFF9}-\u{FFFB}]$/u
const mark = /^\p{M}$/u
const latinLetter = /^\p{Script=Latin}$/u
/** The low half of a surrogate pair stands for its letter: scripts beyond the BMP are not Latin. */
const nonLatinLetter = /^(?!\p{Script=Latin})[\p{L}\p{M}\u{DC00}-\u{DFFF}]$/u
const wordCharacter = /^[\p{L}\p{N}\p{M}]$/u
/** No spaces between words; in Hangul, particles stick to the word before them. */
const unspacedScript =
  /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Bopomofo}\p{scx=Hangul}\p{scx=Thai}\p{scx=Lao}\p{scx=Khmer}\p{scx=Myanmar}\p{scx=Tibetan}]$/u

/**
 * Small letters of other scripts that are taken for Latin ones. Only those that look alike in both cases, or a Russian
 * text would be full of English words.
 */
const homoglyphs: ReadonlyMap<string, string> = new Map(
  [
    ['аеорсухѕіјһԁԛԝѵӏүҽ', 'aeopcyxsijhdqwvlye'], // Cyrillic
    ['αεικνορτυχ', 'aeikvoptux'], // Greek
  ].flatMap(([foreign = '', latin = '']) =>
    [...foreign].map((letter, index) => [letter, latin.charAt(index)] as const),
  ),
)

const dropped: CanonicalCharacter = { units: [], inWord: [], mark: false }
const space: CanonicalCharacter = { units: [0x20], inWord: [false], mark: false }

function isAsciiSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

function canonicalise(character: string): CanonicalCharacter {
  if (whiteSpace.test(character)) return space
  if (invisible.test(character)) return dropped
  if (mark.test(character)) return { ...toUnits([character]), mark: true }
  const parts: string[] = []
  for (const part of fold(character.normalize('NFKC')).normalize('NFKC')) {
    if (mark.test(part) && !nonLatinLetter.test(parts.at(-1) ?? '')) continue
    parts.push(toLatin(part) ?? (whiteSpace.test(part) ? ' ' : part))
  }
  return { ...toUnits(parts), mark: false }
}

/** Full case folding: through capitals, which spell ß as SS and know one sigma; first down, as there is a capital ẞ. */
const fold = (text: string) => text.toLowerCase().toUpperCase().toLowerCase()

/** A Latin letter, or what is taken for one, without its marks; undefined for all others. */
function toLatin(part: string): string | undefined {
  const [base = ''] = part.normalize('NFD')
  const letter = homoglyphs.get(base) ?? base
  return latinLetter.test(letter) ? letter : undefined
}

function toUnits(parts: readonly string[]): Pick<CanonicalCharacter, 'units' | 'inWord'> {
  const units: number[] = []
  const inWord: boolean[] = []
  for (const part of parts) {
    const belongs = wordCharacter.test(part) && !unspacedScript.test(part)
    for (let index = 0; index < part.length; index++) {
      units.push(part.charCodeAt(index))
      inWord.push(belongs)
    }
  }
  return { units, inWord }
}
