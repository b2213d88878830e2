import { ours } from './policies.ts'
import type { RunFigures } from './run-figures.ts'
import { type Estimate, estimate } from './statistics.ts'
import type { RunDone } from './worker.ts'

/** A figure of a run, to be compared: less is better. */
export type Figure = (figures: RunFigures) => number

/** All runs of a scenario, by policy and then by seed, in the same order of seeds for each. */
export class Results {
  readonly #runs = new Map<string, Map<string, Map<number, RunFigures>>>()

  add({ run, figures }: RunDone): void {
    const byPolicy = this.#runs.getOrInsertComputed(run.scenario, () => new Map())
    byPolicy.getOrInsertComputed(run.policy, () => new Map()).set(run.seed, figures)
  }

  policies(scenario: string): string[] {
    return [...(this.#runs.get(scenario)?.keys() ?? [])]
  }

  has(scenario: string, policy: string): boolean {
    return this.#runs.get(scenario)?.has(policy) ?? false
  }

  values(scenario: string, policy: string, figure: Figure): number[] {
    const bySeed = this.#runs.get(scenario)?.get(policy) ?? new Map<number, RunFigures>()
    return [...bySeed].sort(([a], [b]) => a - b).map(([, figures]) => figure(figures))
  }

  estimate(scenario: string, policy: string, figure: Figure): Estimate {
    return estimate(this.values(scenario, policy, figure))
  }

  /** The rival that does best by this figure, on average. */
  bestRival(scenario: string, figure: Figure): string | undefined {
    let best: { readonly policy: string; readonly mean: number } | undefined
    for (const policy of this.policies(scenario)) {
      if (policy === ours) continue
      const { mean } = this.estimate(scenario, policy, figure)
      if (best === undefined || mean < best.mean) best = { policy, mean }
    }
    return best?.policy
  }

  /** Our figure over a rival's, seed by seed: both were asked exactly the same. */
  ratio(scenario: string, rival: string, figure: Figure): Estimate {
    const theirs = this.values(scenario, rival, figure)
    return estimate(this.values(scenario, ours, figure).map((own, index) => own / (theirs[index] ?? Number.NaN)))
  }
}
