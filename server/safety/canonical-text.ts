import { asciiInWord, asciiUnits, type CanonicalCharacters, keepsMarks } from './canonical-characters.ts'

/**
 * Stands in the canonical text wherever a word begins or ends: between a unit of a word and one that is none, or the
 * text's edge. With it, a phrase at word boundaries is a plain run of symbols, and so is one that still waits for its
 * boundary. No character of a text becomes this symbol.
 */
export const boundary = 0

/** Canonical symbols, and where in the original text the character of each begins. Used again from piece to piece. */
export class SymbolBuffer {
  symbols = new Uint16Array(256)
  offsets = new Float64Array(256)
  length = 0

  add(symbol: number, offset: number): void {
    if (this.length === this.symbols.length) this.#grow()
    this.symbols[this.length] = symbol
    this.offsets[this.length] = offset
    this.length += 1
  }

  #grow(): void {
    const { symbols, offsets } = this
    this.symbols = new Uint16Array(symbols.length * 2)
    this.symbols.set(symbols)
    this.offsets = new Float64Array(offsets.length * 2)
    this.offsets.set(offsets)
  }
}

/**
 * Turns a text that arrives in pieces, cut anywhere, into canonical symbols: what `CanonicalCharacters` says of each
 * character, with one space for a run of white space, and boundaries. The symbols do not depend on the cuts.
 */
export class Canonicaliser {
  readonly #characters: CanonicalCharacters
  #length = 0
  #lastUnit = boundary
  #inWord = 0
  /** A high surrogate at the end of the last piece. */
  #openSurrogate = ''

  constructor(characters: CanonicalCharacters) {
    this.#characters = characters
  }

  /** UTF-16 units of the original that are wholly read; a high surrogate at the very end waits for its partner. */
  get length(): number {
    return this.#length
  }

  /** Replaces the content of `buffer` by the symbols of the next piece. */
  push(piece: string, buffer: SymbolBuffer): void {
    buffer.length = 0
    const text = this.#openSurrogate === '' ? piece : this.#openSurrogate + piece
    this.#openSurrogate = ''
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code < 0x80) {
        const unit = asciiUnits[code] ?? boundary
        if (unit !== boundary) this.#add(unit, asciiInWord[code] ?? 0, this.#length, buffer)
        this.#length += 1
        continue
      }
      const isHigh = (code & 0xfc00) === 0xd800
      if (isHigh && index + 1 === text.length) {
        this.#openSurrogate = text.slice(index)
        return
      }
      const codePoint = text.codePointAt(index) ?? code
      this.#addCharacter(codePoint, buffer)
      const units = codePoint > 0xffff ? 2 : 1
      this.#length += units
      index += units - 1
    }
  }

  /** The symbols of the end, once no more text comes. */
  end(buffer: SymbolBuffer): void {
    buffer.length = 0
    this.#length += this.#openSurrogate.length // without its partner it is no character
    this.#openSurrogate = ''
    if (this.#inWord === 1) buffer.add(boundary, this.#length)
    this.#inWord = 0
  }

  #addCharacter(codePoint: number, buffer: SymbolBuffer): void {
    const { units, inWord, mark } = this.#characters.of(codePoint)
    if (mark && !keepsMarks(this.#lastUnit)) return
    for (const [index, unit] of units.entries()) this.#add(unit, inWord[index] ? 1 : 0, this.#length, buffer)
  }

  #add(unit: number, inWord: number, offset: number, buffer: SymbolBuffer): void {
    if (unit === 0x20 && this.#lastUnit === 0x20) return
    if (inWord !== this.#inWord) buffer.add(boundary, offset)
    buffer.add(unit, offset)
    this.#lastUnit = unit
    this.#inWord = inWord
  }
}

/** The symbols of a whole text, without white space at its ends. */
export function canonicalSymbols(text: string, characters: CanonicalCharacters): readonly number[] {
  const canonicaliser = new Canonicaliser(characters)
  const buffer = new SymbolBuffer()
  canonicaliser.push(text.trim(), buffer)
  const symbols = [...buffer.symbols.subarray(0, buffer.length)]
  canonicaliser.end(buffer)
  symbols.push(...buffer.symbols.subarray(0, buffer.length))
  const first = symbols.findIndex(symbol => symbol !== 0x20)
  const last = symbols.findLastIndex(symbol => symbol !== 0x20)
  return first === -1 ? [] : symbols.slice(first, last + 1)
}
