import { createCanonicalCharacters } from './canonical-characters.ts'
import { boundary, Canonicaliser, canonicalSymbols, SymbolBuffer } from './canonical-text.ts'
import { createPhraseMatcher, type PhraseMatcher, type PhraseReading } from './phrase-matcher.ts'

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
        phraseMatcher.longest > 0 ? new WordReading(phraseMatcher, new Canonicaliser(characters), buffer) : undefined
      const signs = secretMatcher.longest > 0 && which === 'with secrets' ? new SecretReading(secretMatcher) : undefined
      return words === undefined || signs === undefined ? (words ?? signs) : new BothReadings(words, signs)
    },
  }
}

// Classes: every token comes through here, and getters of a literal are looked up in a dictionary.

class BothReadings implements RuleReading {
  readonly #words: RuleReading
  readonly #signs: RuleReading

  constructor(words: RuleReading, signs: RuleReading) {
    this.#words = words
    this.#signs = signs
  }

  push(piece: string): readonly RuleHit[] {
    return inOrder(this.#words.push(piece), this.#signs.push(piece))
  }

  end(): readonly RuleHit[] {
    return inOrder(this.#words.end(), this.#signs.end())
  }

  get clearTo(): number {
    return Math.min(this.#words.clearTo, this.#signs.clearTo)
  }

  get graveFrom(): number {
    return Math.min(this.#words.graveFrom, this.#signs.graveFrom)
  }
}

/** Nearly always there are none. */
const inOrder = (words: readonly RuleHit[], signs: readonly RuleHit[]): readonly RuleHit[] =>
  signs.length === 0 ? words : [...words, ...signs].toSorted((a, b) => a.end - b.end || a.clearTo - b.clearTo)

class WordReading implements RuleReading {
  readonly #reading: PhraseReading<string>
  readonly #canonicaliser: Canonicaliser
  readonly #buffer: SymbolBuffer
  /** Where the latest symbols begin in the text, as many as a phrase may have, in a ring. */
  readonly #places: Float64Array
  #symbols = 0

  constructor(matcher: PhraseMatcher<string>, canonicaliser: Canonicaliser, buffer: SymbolBuffer) {
    this.#reading = matcher.read()
    this.#canonicaliser = canonicaliser
    this.#buffer = buffer
    this.#places = new Float64Array(matcher.longest)
  }

  push(piece: string): readonly RuleHit[] {
    this.#canonicaliser.push(piece, this.#buffer)
    return this.#take()
  }

  end(): readonly RuleHit[] {
    this.#canonicaliser.end(this.#buffer)
    return this.#take()
  }

  get clearTo(): number {
    return this.#placeOf(this.#reading.open)
  }

  get graveFrom(): number {
    return this.#placeOf(this.#reading.openGrave)
  }

  #take(): readonly RuleHit[] {
    const { symbols, offsets, length } = this.#buffer
    let hits: RuleHit[] | undefined
    for (let index = 0; index < length; index++) {
      const offset = offsets[index] ?? 0
      this.#places[this.#symbols % this.#places.length] = offset
      this.#symbols += 1
      const found = this.#reading.next(symbols[index] ?? 0)
      if (found.length === 0) continue
      hits ??= []
      const at = { end: offset, clearTo: this.#placeBack(this.#reading.open) }
      for (const category of found) hits.push({ category, ...at })
    }
    return hits ?? noHits
  }

  #placeOf(open: number): number {
    const { length } = this.#canonicaliser
    return open === 0 ? length : Math.min(length, this.#placeBack(open))
  }

  /** Of the symbol so many back: 1 is the latest. */
  #placeBack(symbols: number): number {
    return this.#places[(this.#symbols - symbols) % this.#places.length] ?? 0
  }
}

class SecretReading implements RuleReading {
  readonly #reading: PhraseReading<string>
  #length = 0

  constructor(matcher: PhraseMatcher<string>) {
    this.#reading = matcher.read()
  }

  push(piece: string): readonly RuleHit[] {
    let hits: RuleHit[] | undefined
    for (let index = 0; index < piece.length; index++) {
      const found = this.#reading.next(piece.charCodeAt(index))
      if (found.length > 0) {
        hits ??= []
        const at = { end: this.#length, clearTo: this.#length + 1 - this.#reading.open }
        for (const category of found) hits.push({ category, ...at })
      }
      this.#length += 1
    }
    return hits ?? noHits
  }

  end(): readonly RuleHit[] {
    return noHits
  }

  get clearTo(): number {
    return this.#length - this.#reading.open
  }

  get graveFrom(): number {
    return this.#length - this.#reading.openGrave
  }
}

const noHits: readonly RuleHit[] = []
