import type { Frame } from './frames.ts'

/**
 * Whether the beginning of a line could yet become something else than it looks, so that showing it would flicker: the
 * signs of a heading, list, rule, fence or table before what they belong to, or a definition. `within` is the innermost
 * open block.
 */
export function isUndecided(line: string, within: Frame['kind']): boolean {
  if (line.length > longestUndecided) return false
  switch (within) {
    case 'fence':
      return /^[ \t>]*(`+|~+)[ \t]*$/.test(line)
    case 'math':
    case 'indented':
      return false
    case 'document':
    case 'quote':
    case 'list':
    case 'item':
    case 'paragraph':
    case 'table':
      return signsAlone.test(line) || fenceInfo.test(line) || /^[ \t>]*\[[^\]]*\]:/.test(line)
  }
}

/** In characters. */
const longestUndecided = 120
const signsAlone = /^[-*+_=#~`|:$\\>! \t]*(?:\d{1,9}[.)]?[ \t]*|\[[ xX]?\]?[ \t]*)?$/
const fenceInfo = /^[ \t>]*(`{3,}[^`]*|~{3,}.*)$/
