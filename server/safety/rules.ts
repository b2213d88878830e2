import { createCanonicalCharacters } from './canonical-characters.ts'
import { boundary, Canonicaliser, canonicalSymbols, SymbolBuffer } from './canonical-text.ts'
import { createPhraseMatcher, type PhraseMatcher } from './phrase-matcher.ts'

/** What a text was found to hold. */
export interface RuleHit {
  readonly category: string
  /** The sign that makes it sure, in UTF-16 units of the text: by it hits are told apart, however the text was cut. */
  readonly end: number
  /** What may be released before it: nothing from here on was free of suspicion when it became sure. */
  readonly clearTo: number
}

/** Exact rules: phrases that are blocked in every spelling a reader would take for them, and secrets to the letter. */
export interface Rules {
  /** Reads a text in pieces. With `secrets`, these are looked for, too. Undefined: there is nothing to look for. */
  read(secrets: 'with secrets' | 'without secrets'): RuleReading | undefined
}

export interface RuleReading {
  /** Takes the next piece; returns the hits that it completes, each as soon as it is sure, in the order of their ends. */
  push(piece: string): readonly RuleHit[]
  /** The hits that only the end of the text makes sure. */
  end(): readonly RuleHit[]
  /** Everything before this place, in UTF-16 units from the text's beginning, can belong to no hit any more. */
  readonly clearTo: number
  /** The same for what a silence may not let go: a phrase that only lacks the boundary behind it, and half a secret. */
  readonly graveFrom: number
}

export interface RulesOptions {
  /** Phrases by their category. */
  readonly blocklist: ReadonlyMap<string, readonly string[]>
  readonly secrets: readonly string[]
}

export const secretCategory = 'secret'
/** A shorter one is a word, or a key that guards nothing: "token-abc123". */
const shortestSecret = 16
/** So much of a secret is told to nobody, however long the silence. Less is no news: "sk-". */
const tellingUnits = 6

export function createRules({ blocklist, secrets }: RulesOptions): Rules {
  const characters = createCanonicalCharacters()
  const phrases = [...blocklist].flatMap(([category, texts]) =>
    texts.map(text => {
      const symbols = canonicalSymbols(text, characters)
      const graveFrom = symbols.at(-1) === boundary ? symbols.length - 1 : symbols.length
      return { symbols, meaning: category, graveFrom }
    }),
  )
  const letters = secrets
    .filter(secret => secret.length >= shortestSecret)
    .map(secret => ({
      symbols: Uint16Array.from(secret, (_, index) => secret.charCodeAt(index)),
      meaning: secretCategory,
      graveFrom: tellingUnits,
    }))
  const phraseMatcher = createPhraseMatcher(phrases.filter(({ symbols }) => symbols.length > 0))
  const secretMatcher = createPhraseMatcher(letters)
  const buffer = new SymbolBuffer() // holds one piece at a time, so all readings share it

  return {
    read(which) {
      const words =
        phraseMatcher.longest > 0 ? readPhrases(phraseMatcher, new Canonicaliser(characters), buffer) : undefined
      const signs = secretMatcher.longest > 0 && which === 'with secrets' ? readLetters(secretMatcher) : undefined
      if (words === undefined || signs === undefined) return words ?? signs
      return {
        push: piece => inOrder(words.push(piece), signs.push(piece)),
        end: () => inOrder(words.end(), signs.end()),
        get clearTo() {
          return Math.min(words.clearTo, signs.clearTo)
        },
        get graveFrom() {
          return Math.min(words.graveFrom, signs.graveFrom)
        },
      }
    },
  }
}

/** Nearly always there are none. */
const inOrder = (words: readonly RuleHit[], signs: readonly RuleHit[]): readonly RuleHit[] =>
  signs.length === 0 ? words : [...words, ...signs].toSorted((a, b) => a.end - b.end || a.clearTo - b.clearTo)

/** Remembers where the latest symbols begin in the text, as many as a phrase may have. */
function createPlaces(longest: number) {
  const places = new Float64Array(longest)
  let count = 0
  return {
    add(place: number): void {
      places[count % longest] = place
      count += 1
    },
    /** Of the symbol so many back: 1 is the latest. */
    back: (symbols: number): number => places[(count - symbols) % longest] ?? 0,
  }
}

function readPhrases(matcher: PhraseMatcher<string>, canonicaliser: Canonicaliser, buffer: SymbolBuffer): RuleReading {
  const reading = matcher.read()
  const places = createPlaces(matcher.longest)

  const placeOf = (open: number) =>
    open === 0 ? canonicaliser.length : Math.min(canonicaliser.length, places.back(open))

  function take(): readonly RuleHit[] {
    let hits: RuleHit[] | undefined
    for (let index = 0; index < buffer.length; index++) {
      places.add(buffer.offsets[index] ?? 0)
      const found = reading.next(buffer.symbols[index] ?? 0)
      if (found.length === 0) continue
      hits ??= []
      const at = { end: buffer.offsets[index] ?? 0, clearTo: places.back(reading.open) }
      for (const category of found) hits.push({ category, ...at })
    }
    return hits ?? noHits
  }

  return {
    push(piece) {
      canonicaliser.push(piece, buffer)
      return take()
    },
    end() {
      canonicaliser.end(buffer)
      return take()
    },
    get clearTo() {
      return placeOf(reading.open)
    },
    get graveFrom() {
      return placeOf(reading.openGrave)
    },
  }
}

function readLetters(matcher: PhraseMatcher<string>): RuleReading {
  const reading = matcher.read()
  let length = 0
  return {
    push(piece) {
      let hits: RuleHit[] | undefined
      for (let index = 0; index < piece.length; index++) {
        const found = reading.next(piece.charCodeAt(index))
        if (found.length > 0) {
          hits ??= []
          for (const category of found) hits.push({ category, end: length, clearTo: length + 1 - reading.open })
        }
        length += 1
      }
      return hits ?? noHits
    },
    end: () => noHits,
    get clearTo() {
      return length - reading.open
    },
    get graveFrom() {
      return length - reading.openGrave
    },
  }
}

const noHits: readonly RuleHit[] = []
