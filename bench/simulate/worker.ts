import { parentPort } from 'node:worker_threads'
import { policies } from './policies.ts'
import { figuresOf, type RunFigures } from './run-figures.ts'
import { scenarios } from './scenarios.ts'
import { simulateOnce } from './simulate-once.ts'

/** One run, as a worker is asked for it, and what it answers. */
export interface Run {
  readonly scenario: string
  readonly policy: string
  readonly seed: number
  readonly tracesFolder: string
}
export interface RunDone {
  readonly run: Run
  readonly figures: RunFigures
}

parentPort?.on('message', (run: Run) => {
  const scenario = scenarios.find(({ name }) => name === run.scenario)
  const createPolicy = policies[run.policy]
  if (scenario === undefined || createPolicy === undefined)
    throw new Error(`There is no ${run.scenario}, ${run.policy}.`)
  const outcomes = simulateOnce(scenario, createPolicy, run.seed, run.tracesFolder)
  const done: RunDone = { run, figures: figuresOf(outcomes, scenario) }
  parentPort?.postMessage(done)
})
