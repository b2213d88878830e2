/**
 * A line through a stream of samples that forgets old ones: y = intercept + slope * x, by exponentially weighted means,
 * variance and covariance (router.md, "Score").
 */
export interface LinearFit {
  readonly samples: number
  readonly intercept: number
  readonly slope: number
  sample(x: number, y: number): void
}

export interface LinearFitOptions {
  /** Weight of the newest sample, once some were seen: the first ones weigh as in a plain mean. */
  readonly weight: number
  /**
   * Bounds of the slope, as parts of mean(y) / mean(x). Without them a fit over samples that hardly differ in x
   * diverges: it is asked for an x it has never seen exactly when a cluster is busier than ever.
   */
  readonly leastSlope: number
  readonly mostSlope: number
}

export function createLinearFit({ weight, leastSlope, mostSlope }: LinearFitOptions): LinearFit {
  return new WeightedFit(weight, leastSlope, mostSlope)
}

/** A class, not a literal with getters: it is read for every cluster at every decision. */
class WeightedFit implements LinearFit {
  samples = 0
  intercept = 0
  slope = 0
  #meanX = 0
  #meanY = 0
  #variance = 0
  #covariance = 0
  readonly #weight: number
  readonly #leastSlope: number
  readonly #mostSlope: number

  constructor(weight: number, leastSlope: number, mostSlope: number) {
    this.#weight = weight
    this.#leastSlope = leastSlope
    this.#mostSlope = mostSlope
  }

  sample(x: number, y: number): void {
    this.samples += 1
    const weight = Math.max(this.#weight, 1 / this.samples)
    const fromX = x - this.#meanX
    const fromY = y - this.#meanY
    this.#meanX += weight * fromX
    this.#meanY += weight * fromY
    this.#variance = (1 - weight) * (this.#variance + weight * fromX * fromX)
    this.#covariance = (1 - weight) * (this.#covariance + weight * fromX * fromY)
    const ratio = this.#meanX > 0 ? this.#meanY / this.#meanX : 0
    const steepness = this.#variance > 0 ? this.#covariance / this.#variance : 0
    this.slope = Math.min(this.#mostSlope * ratio, Math.max(this.#leastSlope * ratio, steepness))
    this.intercept = Math.max(0, this.#meanY - this.slope * this.#meanX)
  }
}
