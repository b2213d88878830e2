import { figure, printTable, quantile } from '../figures.ts'
import type { Tried } from './user.ts'

/** A figure, and what it may be at most, where somebody has a right to that. */
export interface Row {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly most?: number
  readonly least?: number
}

const isMissed = ({ value, most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY }: Row) =>
  !(value <= most && value >= least)

const isPromised = ({ most, least }: Row) => most !== undefined || least !== undefined

/** Whether all that was promised was kept. */
export function printRows(rows: readonly Row[]): boolean {
  printTable(
    ['what', 'figure', 'promised', ''],
    1,
    rows.map(row => [
      row.what,
      `${figure(row.value, row.value < 10 ? 2 : 0)} ${row.unit}`,
      row.most !== undefined ? `at most ${row.most}` : row.least !== undefined ? `at least ${row.least}` : '',
      isPromised(row) ? (isMissed(row) ? 'MISSED' : 'kept') : '',
    ]),
  )
  return !rows.some(row => isPromised(row) && isMissed(row))
}

export const ms = (what: string, values: readonly number[], share: number, most?: number): Row => ({
  what: `${what}, p${share * 100}`,
  value: quantile(values, share),
  unit: 'ms',
  ...(most !== undefined && { most }),
})

export const seconds = (what: string, valuesMs: readonly number[], share: number): Row => ({
  what: `${what}, p${share * 100}`,
  value: quantile(valuesMs, share) / 1_000,
  unit: 's',
})

export const percent = (what: string, part: number, whole: number, least?: number): Row => ({
  what,
  value: (100 * part) / whole,
  unit: '%',
  ...(least !== undefined && { least }),
})

export const isAdmitted = ({ retryAfterMs }: Tried) => retryAfterMs === undefined

export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
