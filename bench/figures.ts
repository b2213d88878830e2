/** The smallest value that `share` of the values do not exceed; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** Of two in the middle, their mean. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2
}

/** Rounded to so many digits behind the point; `-` where there is no figure. */
export const figure = (value: number, digits = 0): string => (Number.isFinite(value) ? value.toFixed(digits) : '-')

/** Prints a table in Markdown, its columns aligned: the first `names` of them to the left, figures to the right. */
export function printTable(head: readonly string[], names: number, rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)))
  const isName = (column: number) => column < names
  const line = (cells: readonly string[]) => {
    const padded = widths.map((width, column) => pad(cells[column] ?? '', width, isName(column)))
    return `| ${padded.join(' | ')} |\n`
  }
  const rule = widths.map((width, column) => (isName(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  process.stdout.write([head, rule, ...rows].map(line).join(''))
}

const pad = (cell: string, width: number, isName: boolean) => (isName ? cell.padEnd(width) : cell.padStart(width))
