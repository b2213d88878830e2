import type { Alignment } from './tree.ts'

/** A table with more columns than this is text. */
export const mostColumns = 128

/** The cells of a line, without the pipes at its ends. Pipes after a backslash are part of a cell. */
export function splitRow(line: string, limit: number): string[] {
  const inner = trimEnd(line).trimStart().replace(/^\|/, '')
  const cells: string[] = []
  let from = 0
  for (let at = 0; at < inner.length && cells.length < limit; at += 1) {
    if (inner[at] === '\\') at += 1
    else if (inner[at] === '|') {
      cells.push(cell(inner.slice(from, at)))
      from = at + 1
    }
  }
  if (cells.length < limit && from < inner.length) cells.push(cell(inner.slice(from)))
  return cells
}

/** The alignments that a line such as `| :-- | --: |` gives, or nothing if it is no such line. */
export function delimiterRow(line: string): Alignment[] | undefined {
  if (!/^[ \t]*[|:-]/.test(line) || !/^[|:\- \t]+$/.test(line) || !line.includes('-')) return undefined
  const cells = splitRow(line, mostColumns + 1)
  if (cells.length === 0 || cells.length > mostColumns || !cells.every(text => /^:?-+:?$/.test(text))) return undefined
  // A single column needs a pipe: without one it is a heading's line.
  return cells.length === 1 && !line.includes('|') ? undefined : cells.map(alignment)
}

/** `trimEnd`, for spaces and tabs alone. */
export function trimEnd(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end -= 1
  return text.slice(0, end)
}

function alignment(cell: string): Alignment {
  const left = cell.startsWith(':')
  const right = cell.endsWith(':')
  if (left && right) return 'center'
  if (right) return 'right'
  return left ? 'left' : undefined
}

function cell(text: string): string {
  return text.trim().replaceAll('\\|', '|')
}
