import { unescapeText } from './entities.ts'
import { trimEnd } from './table-row.ts'
import type { Heading } from './tree.ts'

/** What the content of a line, its indent taken off, can begin. Each reads a few characters, or one line of signs. */
export function isRule(content: string): boolean {
  return /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/.test(content)
}

export function headingStart(content: string): { level: Heading['level']; text: string } | undefined {
  const [marker] = /^#{1,6}(?=[ \t]|$)/.exec(content) ?? []
  if (marker === undefined) return undefined
  let text = trimEnd(content.slice(marker.length)).trimStart()
  const closing = /(?:^|[ \t])#+$/.exec(text.slice(-100))?.[0]
  if (closing !== undefined) text = trimEnd(text.slice(0, text.length - closing.length))
  return { level: levels[marker.length - 1] ?? 6, text }
}

/** The level of the heading that a line of `=` or `-` makes of the paragraph above it. */
export function underlineLevel(content: string): 1 | 2 | undefined {
  if (/^=+[ \t]*$/.test(content)) return 1
  return /^-+[ \t]*$/.test(content) ? 2 : undefined
}

export interface FenceStart {
  readonly character: string
  readonly length: number
  /** The first word of the info in lower case. */
  readonly language: string
}

export function fenceStart(content: string): FenceStart | undefined {
  const [, fence = '', info = ''] = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/.exec(content) ?? []
  if (fence === '') return undefined
  const [language = ''] = unescapeText(info)
    .trim()
    .split(/[\s,{]/, 1)
  return { character: fence.charAt(0), length: fence.length, language: language.slice(0, 40).toLowerCase() }
}

export function closesFence(content: string, fence: Pick<FenceStart, 'character' | 'length'>): boolean {
  const closing = trimEnd(content)
  return closing.length >= fence.length && /^(`+|~+)$/.test(closing) && closing.startsWith(fence.character)
}

/** The sign that closes the formula a line begins, if nothing but the formula stands on the line. */
export function mathStart(content: string): '$$' | '\\]' | undefined {
  const closer = content.startsWith('$$') ? '$$' : content.startsWith('\\[') ? '\\]' : undefined
  if (closer === undefined) return undefined
  const end = content.indexOf(closer, 2)
  // `\\[not a link](there)` is text.
  if (end === -1 && closer === '\\]' && content.includes(']')) return undefined
  return end === -1 || content.slice(end + 2).trim() === '' ? closer : undefined
}

export interface Marker {
  /** `-`, `+`, `*`, `.` or `)`: items with another one begin another list. */
  readonly sign: string
  /** The number, or nothing for a bullet. */
  readonly start: number | undefined
  /** In characters. */
  readonly length: number
}

/** A list item's marker. In a paragraph only one that cannot be meant otherwise: with content, and numbered 1 or not at all. */
export function itemMarker(content: string, inParagraph: boolean): Marker | undefined {
  const [all, bullet, number, sign = ''] = /^(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(content) ?? []
  if (all === undefined) return undefined
  if (inParagraph && (/^[ \t]*$/.test(content.slice(all.length)) || (number !== undefined && Number(number) !== 1)))
    return undefined
  return { sign: bullet ?? sign, start: number === undefined ? undefined : Number(number), length: all.length }
}

const levels = [1, 2, 3, 4, 5, 6] as const
