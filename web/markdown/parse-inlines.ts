import { revealBidiControls, withoutBidiControls } from './bidi-controls.ts'
import { closeOpenMarks, type Delimiter, flanking, processDelimiters } from './delimiters.ts'
import { scanEntity } from './entities.ts'
import { bareLink, codeSpan, findTicks, linkNode } from './inline-nodes.ts'
import { appendPiece, type Chain, nodesFrom, type Piece, withoutLinks, wrapPieces } from './inline-pieces.ts'
import { safeLink } from './safe-link.ts'
import { scanAngle } from './scan-angle.ts'
import { findBareLink, normaliseLabel, scanInlineLink } from './scan-link.ts'
import { looksLikeTex, scanMath } from './scan-math.ts'
import type { Inline, Span, Target, Text } from './tree.ts'

export interface ParsedInlines {
  readonly nodes: Span
  /** Whether something is open that later text could close: text must not be cut here. */
  readonly open: boolean
}

/**
 * Reads a piece of running text. With `growing`, marks, code and formulas that are still open at its end are shown as if
 * they closed there, and half-written signs are left out, so that an answer does not flicker while it streams.
 * Raw HTML is text, but for `<br>`. Never throws; time grows with the length for all but contrived texts, and callers
 * pass pieces of a few thousand characters.
 */
export function parseInlines(text: string, growing: boolean): ParsedInlines {
  // What a growing text ends with may be half a sign.
  const source = growing ? text.replace(/(?:[*_~`\\]{1,8}|(?<=^|\s)\$|!?\[)$/, '') : text
  return new InlineParser(source, growing).parse()
}

interface Bracket {
  readonly piece: Piece
  readonly image: boolean
  /** Index of the text after the bracket. */
  readonly from: number
  /** How many delimiters there were before it. */
  readonly delimiters: number
  /** A link around a link is none. */
  active: boolean
}

class InlineParser {
  readonly #text: string
  readonly #growing: boolean
  readonly #chain: Chain = { last: undefined }
  readonly #delimiters: Delimiter[] = []
  readonly #brackets: Bracket[] = []
  /** Lengths of backtick runs that nothing closes from here on. */
  readonly #unclosedTicks = new Set<number>()
  /** Signs of formulas that nothing closes from here on. */
  readonly #unclosedMath = new Set<string>()
  #first: Piece | undefined
  #buffer = ''
  #at = 0
  #open = false

  constructor(text: string, growing: boolean) {
    this.#text = text
    this.#growing = growing
  }

  parse(): ParsedInlines {
    while (this.#at < this.#text.length) {
      plain.lastIndex = this.#at
      const end = plain.test(this.#text) ? plain.lastIndex : this.#at
      this.#take(end)
      if (end < this.#text.length) this.#sign(this.#text.charAt(end))
    }
    this.#flush()
    processDelimiters(this.#chain, this.#delimiters, 0)
    const open = this.#open || this.#delimiters.length > 0 || this.#brackets.some(bracket => bracket.active)
    if (this.#growing) {
      for (const { piece, from } of this.#brackets) if (/\p{L}/u.test(this.#text.charAt(from))) piece.node = nothing
      closeOpenMarks(this.#chain, this.#delimiters)
    }
    return { nodes: nodesFrom(this.#first), open }
  }

  #sign(character: string) {
    switch (character) {
      case '\\':
        return this.#backslash()
      case '`':
        return this.#ticks()
      case '*':
      case '_':
      case '~':
        return this.#delimiterRun(character)
      case '[':
        return this.#openBracket(1)
      case ']':
        return this.#closeBracket()
      case '!':
        return this.#text[this.#at + 1] === '[' ? this.#openBracket(2) : this.#take(this.#at + 1)
      case '<':
        return this.#angle()
      case '&':
        return this.#entity()
      case '$':
        return this.#math()
      case '\n':
        return this.#lineEnd()
      default:
        return this.#bareLink()
    }
  }

  /** Moves on to `end` and keeps what lies before it as text. */
  #take(end: number) {
    this.#buffer += this.#text.slice(this.#at, end)
    this.#at = end
  }

  #flush() {
    if (this.#buffer === '') return
    this.#append({ kind: 'text', text: withoutBidiControls(this.#buffer) })
    this.#buffer = ''
  }

  #append(node: Inline): Piece {
    const piece = appendPiece(this.#chain, node)
    this.#first ??= piece
    return piece
  }

  #add(node: Inline, end: number) {
    this.#flush()
    this.#append(node)
    this.#at = end
  }

  #backslash() {
    const next = this.#text.charAt(this.#at + 1)
    if (next === '(' || next === '[') return this.#math()
    if (next === '\n') return this.#add({ kind: 'break' }, this.#skipSpaces(this.#at + 2))
    if (/[!-/:-@[-`{-~]/.test(next)) this.#at += 1
    this.#take(this.#at + 1)
  }

  #ticks() {
    const start = this.#at
    let from = start
    while (this.#text[from] === '`') from += 1
    const length = from - start
    const end = this.#unclosedTicks.has(length) ? -1 : findTicks(this.#text, from, length)
    if (end !== -1) return this.#add(codeSpan(this.#text.slice(from, end)), end + length)
    this.#unclosedTicks.add(length)
    this.#open = true
    if (this.#growing) return this.#add(codeSpan(this.#text.slice(from)), this.#text.length)
    this.#take(from)
  }

  #delimiterRun(character: string) {
    const start = this.#at
    let end = start
    while (this.#text[end] === character) end += 1
    const length = end - start
    if (character === '~' && length > 2) return this.#take(end)
    const { canOpen, canClose } = flanking(this.#text, start, end)
    if (!canOpen && !canClose) return this.#take(end)
    this.#flush()
    const piece = this.#append({ kind: 'text', text: this.#text.slice(start, end) })
    this.#delimiters.push({ piece, character, length, left: length, canOpen, canClose })
    this.#at = end
  }

  #openBracket(length: 1 | 2) {
    const from = this.#at + length
    this.#flush()
    const piece = this.#append({ kind: 'text', text: this.#text.slice(this.#at, from) })
    this.#at = from
    this.#brackets.push({ piece, image: length === 2, from, delimiters: this.#delimiters.length, active: true })
  }

  #closeBracket() {
    const bracket = this.#brackets.pop()
    const end = this.#at + 1
    if (bracket === undefined || !bracket.active) return this.#take(end)
    const label = this.#text.slice(bracket.from, this.#at)
    const link = this.#text[end] === '(' ? scanInlineLink(this.#text, end) : undefined
    if (link === 'unfinished') {
      this.#open = true
      if (this.#growing) return this.#closeUnfinished(bracket)
    } else if (link !== undefined) {
      this.#flush()
      return this.#link(bracket, safeLink(link.destination), link.title, link.end)
    }
    this.#reference(bracket, label, end)
  }

  /** A link whose address is still being written: its text is shown, its address is not. */
  #closeUnfinished(bracket: Bracket) {
    this.#flush()
    this.#finishInside(bracket)
    if (bracket.image) bracket.piece.next = undefined
    if (bracket.image) this.#chain.last = bracket.piece
    bracket.piece.node = nothing
    this.#at = this.#text.length
  }

  #link(bracket: Bracket, target: Target | undefined, title: string | undefined, end: number) {
    this.#finishInside(bracket)
    this.#at = end
    // An unsafe target leaves its text behind.
    bracket.piece.node = nothing
    if (target !== undefined) {
      if (bracket.piece.next === undefined) this.#append({ kind: 'text', text: target.host })
      wrapPieces(this.#chain, bracket.piece, undefined, nodes => linkNode(bracket.image, target, title, nodes))
    }
    if (!bracket.image) for (const outer of this.#brackets) if (!outer.image) outer.active = false
  }

  #reference(bracket: Bracket, shown: string, end: number) {
    referenceLabel.lastIndex = end
    const suffix = referenceLabel.exec(this.#text)?.[0] ?? ''
    const label = suffix.length > 2 ? suffix.slice(1, -1) : shown
    if (label.trim() === '' || label.length > 300 || label.startsWith('^')) return this.#take(end)
    this.#flush()
    this.#finishInside(bracket)
    const { image, piece } = bracket
    const wrapped = wrapPieces(this.#chain, piece, undefined, nodes => {
      return { kind: 'reference', label: normaliseLabel(label), image, children: withoutLinks(nodes), suffix }
    })
    if (!wrapped) return this.#take(end)
    piece.node = nothing
    this.#at = end + suffix.length
    if (!image) for (const outer of this.#brackets) if (!outer.image) outer.active = false
  }

  #finishInside(bracket: Bracket) {
    processDelimiters(this.#chain, this.#delimiters, bracket.delimiters)
    this.#delimiters.length = bracket.delimiters
  }

  #angle() {
    const angle = scanAngle(this.#text, this.#at)
    if (angle.kind === 'text') return this.#take(angle.end)
    if (angle.kind === 'break') return this.#add({ kind: 'break' }, angle.end)
    const { address, end } = angle
    const target = safeLink(address.includes(':') ? address : `mailto:${address}`)
    return target === undefined ? this.#take(end) : this.#add(bareLink(target, address), end)
  }

  #entity() {
    const entity = scanEntity(this.#text, this.#at)
    if (entity === undefined) return this.#take(this.#at + 1)
    this.#buffer += entity.decoded
    this.#at = entity.end
  }

  #math() {
    const start = this.#at
    const opener = /^(?:\$\$|\\)/.test(this.#text.slice(start, start + 2)) ? this.#text.slice(start, start + 2) : '$'
    const found = this.#unclosedMath.has(opener) ? 'open' : scanMath(this.#text, start)
    if (typeof found === 'object') {
      const { tex, display, end } = found
      return this.#add({ kind: 'math-span', tex: revealBidiControls(tex), display, closed: true }, end)
    }
    const sign = opener.length
    const display = opener === '$$' || opener === '\\['
    // A single dollar sign is judged by what stands around it, each on its own.
    if (found === 'open' && sign === 2) this.#unclosedMath.add(opener)
    const rest = this.#text.slice(start + sign)
    if (found === 'open' && (sign === 2 || this.#text.length - start < 500)) this.#open = true
    if (found === 'open' && this.#growing && (sign === 2 || looksLikeTex(rest)))
      return this.#add({ kind: 'math-span', tex: revealBidiControls(rest), display, closed: false }, this.#text.length)
    if (this.#text[start] === '\\') this.#at += 1
    this.#take(start + sign)
  }

  #lineEnd() {
    const hard = this.#buffer.endsWith('  ')
    this.#buffer = this.#buffer.trimEnd()
    const next = this.#skipSpaces(this.#at + 1)
    if (hard) return this.#add({ kind: 'break' }, next)
    this.#buffer += '\n'
    this.#at = next
  }

  #bareLink() {
    const found = findBareLink(this.#buffer, this.#text, this.#at, this.#brackets.length > 0)
    const target = found === undefined ? undefined : safeLink(found.destination)
    if (found === undefined || target === undefined) return this.#take(this.#at + 1)
    this.#buffer = this.#buffer.slice(0, this.#buffer.length - found.before)
    this.#add(bareLink(target, found.shown), this.#at + found.shown.length - found.before)
  }

  #skipSpaces(start: number): number {
    let at = start
    while (this.#text[at] === ' ') at += 1
    return at
  }
}

const nothing: Text = { kind: 'text', text: '' }
/** What is not the beginning of anything: `:` and `@` may be a bare link's, `.` that of `www.`. */
const plain = /[^\\`*_~[\]!<&$\n:@.]+/y
const referenceLabel = /\[(?:\\.|[^[\]\\]){0,300}\]/y
