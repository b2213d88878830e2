import { createCanonicalCharacters } from './canonical-characters.ts'
import { Canonicaliser, canonicalSymbols, SymbolBuffer } from './canonical-text.ts'
import { createPhraseMatcher, type PhraseMatcher } from './phrase-matcher.ts'

/** What a text was found to hold. */
export interface RuleHit {
  readonly category: string
  /** Where it begins, in UTF-16 units of the text. */
  readonly start: number
}

/** Exact rules: phrases that are blocked in every spelling a reader would take for them, and secrets to the letter. */
export interface Rules {
  /** Reads a text in pieces. With `secrets`, these are looked for, too. Undefined: there is nothing to look for. */
  read(secrets: 'with secrets' | 'without secrets'): RuleReading | undefined
}

export interface RuleReading {
  /** Takes the next piece; returns the hits that it completes, each as soon as it is sure. */
  push(piece: string): readonly RuleHit[]
  /** The hits that only the end of the text makes sure. */
  end(): readonly RuleHit[]
  /** Everything before this place, in UTF-16 units from the text's beginning, can belong to no hit any more. */
  readonly clearTo: number
}

export interface RulesOptions {
  /** Phrases by their category. */
  readonly blocklist: ReadonlyMap<string, readonly string[]>
  readonly secrets: readonly string[]
}

export const secretCategory = 'secret'
/** A shorter secret would be found in ordinary text. */
const shortestSecret = 8

export function createRules({ blocklist, secrets }: RulesOptions): Rules {
  const characters = createCanonicalCharacters()
  const phrases = [...blocklist].flatMap(([category, texts]) =>
    texts.map(text => ({ symbols: canonicalSymbols(text, characters), meaning: category })),
  )
  const letters = secrets
    .filter(secret => secret.length >= shortestSecret)
    .map(secret => ({
      symbols: Uint16Array.from(secret, (_, index) => secret.charCodeAt(index)),
      meaning: secretCategory,
    }))
  const phraseMatcher = createPhraseMatcher(phrases.filter(({ symbols }) => symbols.length > 0))
  const secretMatcher = createPhraseMatcher(letters)

  return {
    read(which) {
      const readings = [
        ...(phraseMatcher.longest > 0 ? [readPhrases(phraseMatcher, new Canonicaliser(characters))] : []),
        ...(secretMatcher.longest > 0 && which === 'with secrets' ? [readLetters(secretMatcher)] : []),
      ]
      if (readings.length < 2) return readings[0]
      return {
        push: piece => readings.flatMap(reading => reading.push(piece)),
        end: () => readings.flatMap(reading => reading.end()),
        get clearTo() {
          return Math.min(...readings.map(({ clearTo }) => clearTo))
        },
      }
    },
  }
}

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

function readPhrases(matcher: PhraseMatcher<string>, canonicaliser: Canonicaliser): RuleReading {
  const buffer = new SymbolBuffer()
  const reading = matcher.read()
  const places = createPlaces(matcher.longest)

  function take(): readonly RuleHit[] {
    let hits: RuleHit[] | undefined
    for (let index = 0; index < buffer.length; index++) {
      places.add(buffer.offsets[index] ?? 0)
      const found = reading.next(buffer.symbols[index] ?? 0)
      if (found.length === 0) continue
      hits ??= []
      for (const { meaning, length } of found) hits.push({ category: meaning, start: places.back(length) })
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
      return reading.open === 0 ? canonicaliser.length : Math.min(canonicaliser.length, places.back(reading.open))
    },
  }
}

function readLetters(matcher: PhraseMatcher<string>): RuleReading {
  const reading = matcher.read()
  let length = 0
  return {
    push(piece) {
      const hits: RuleHit[] = []
      for (let index = 0; index < piece.length; index++) {
        length += 1
        for (const { meaning, length: symbols } of reading.next(piece.charCodeAt(index)))
          hits.push({ category: meaning, start: length - symbols })
      }
      return hits
    },
    end: () => noHits,
    get clearTo() {
      return length - reading.open
    },
  }
}

const noHits: readonly RuleHit[] = []
