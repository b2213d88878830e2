import { unescapeText } from './entities.ts'

/** What stands in the round brackets of a link. */
export interface InlineLink {
  readonly destination: string
  readonly title: string | undefined
  /** Index after the closing bracket. */
  readonly end: number
}

/** Reads `(destination "title")` from its opening bracket; `unfinished` where the text ends before it is decided. */
export function scanInlineLink(text: string, start: number): InlineLink | 'unfinished' | undefined {
  let at = skipSpace(text, start + 1)
  const destination = scanDestination(text, at)
  if (typeof destination !== 'object') return destination
  at = skipSpace(text, destination.end)
  let title: string | undefined
  if (at > destination.end && /["'(]/.test(text.charAt(at))) {
    const found = scanTitle(text, at)
    if (typeof found !== 'object') return found
    title = found.title
    at = skipSpace(text, found.end)
  }
  if (at >= text.length) return 'unfinished'
  if (text[at] !== ')') return undefined
  return { destination: unescapeText(destination.text), title, end: at + 1 }
}

/** A definition on a line of its own, `[label]: destination "title"`. Its title stands on the same line. */
export function scanDefinition(line: string) {
  const match = definitionPattern.exec(line)
  if (match === null) return undefined
  const [, label = '', angled, bare, title] = match
  if (label.trim() === '' || label.startsWith('^')) return undefined
  return {
    label: normaliseLabel(label),
    destination: unescapeText(angled ?? bare ?? ''),
    title: title === undefined ? undefined : unescapeText(title.slice(1, -1)),
  }
}

/** Labels are equal without regard to case and to how much space is in them. */
export function normaliseLabel(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase()
}

/** A link written without brackets. */
export interface FoundLink {
  /** As it stands in the text, `before` characters of it before the sign it was found by. */
  readonly shown: string
  readonly before: number
  readonly destination: string
}

/**
 * Looks for a bare link around the sign at `at`: the colon of `https://`, the dot of `www.`, the `@` of a mail address.
 * `before` is the running text up to it. In brackets it ends where they close.
 */
export function findBareLink(before: string, text: string, at: number, inBrackets: boolean): FoundLink | undefined {
  const sign = text[at]
  const shape = bareLinks.find(candidate => candidate.sign === sign)
  const begun = shape?.begin.exec(before.slice(-longestBeginning))?.[1]
  if (shape === undefined || begun === undefined) return undefined
  shape.rest.lastIndex = at
  const [rest = ''] = shape.rest.exec(text) ?? []
  const bracket = inBrackets ? rest.indexOf(']') : -1
  const shown = trimBareLink(begun + (bracket === -1 ? rest : rest.slice(0, bracket)))
  if (shown.length <= begun.length + 1) return undefined
  return { shown, before: begun.length, destination: shape.prefix + unescapeText(shown) }
}

const longestBeginning = 64
const bareLinks = [
  { sign: ':', begin: /(?:^|[^a-z0-9])(https?)$/i, rest: /:\/\/[^\s<>"`|\\，。、；！？）】」』]+/y, prefix: '' },
  {
    sign: '.',
    begin: /(?:^|[\s(*_~[])(www)$/i,
    rest: /\.[a-z0-9][^\s<>"`|\\，。、；！？）】」』]+/iy,
    prefix: 'https://',
  },
  { sign: '@', begin: /(?:^|[^\w.+/-])([\w.+-]+)$/, rest: /@[a-z0-9-]+(?:\.[a-z0-9-]+)+/iy, prefix: 'mailto:' },
]
const deepestParentheses = 32
const definitionPattern =
  /^ {0,3}\[((?:\\.|[^[\]\\]){1,300})\]:[ \t]*(?:<([^<>]*)>|([^\s<]\S*))(?:[ \t]+("[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*$/

function scanDestination(text: string, start: number): { text: string; end: number } | 'unfinished' | undefined {
  if (text[start] === '<') {
    for (let at = start + 1; at < text.length; at += 1) {
      const character = text[at]
      if (character === '>') return { text: text.slice(start + 1, at), end: at + 1 }
      if (character === '<' || character === '\n') return undefined
      if (character === '\\') at += 1
    }
    return 'unfinished'
  }
  let depth = 0
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 0x28) depth += 1
    if (depth > deepestParentheses) return undefined
    if (code <= 0x20 || (code === 0x29 && depth === 0))
      return depth === 0 ? { text: text.slice(start, at), end: at } : undefined
    if (code === 0x29) depth -= 1
    if (code === 0x5c && /[!-/:-@[-`{-~]/.test(text.charAt(at + 1))) at += 1
  }
  return 'unfinished'
}

function scanTitle(text: string, start: number): { title: string; end: number } | 'unfinished' {
  const close = text[start] === '(' ? ')' : text.charAt(start)
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === close) return { title: unescapeText(text.slice(start + 1, at)), end: at + 1 }
  }
  return 'unfinished'
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n') at += 1
  return at
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

/** Cuts off a bare link's end what most likely belongs to the sentence: closing signs, brackets nobody opened. */
function trimBareLink(link: string): string {
  let end = link.length
  let closing = count(link, ')') - count(link, '(')
  for (; end > 0; end -= 1) {
    const last = link.charAt(end - 1)
    if (last === ')' && closing > 0) closing -= 1
    else if (!/[?!.,:;*_~'"]/.test(last)) break
  }
  return link.slice(0, end)
}
