/** A mean over seeds, and by how much it may be off: half of the 95 % interval. */
export interface Estimate {
  readonly mean: number
  readonly plusMinus: number
}

/** The 97.5th percentiles of Student's t for 1 to 30 degrees of freedom; beyond, of the normal distribution. */
const studentT = [
  ...[12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228],
  ...[2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093, 2.086],
  ...[2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042],
]

/** Of independent values; NaN of none, no interval of one. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / count
  if (count < 2) return { mean, plusMinus: Number.NaN }
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return { mean, plusMinus: (studentT[count - 2] ?? 1.96) * Math.sqrt(variance / count) }
}
