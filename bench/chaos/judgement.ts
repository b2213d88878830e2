import { figure, quantile } from '../figures.ts'

/** What a run proved, and what it did not. */
export interface Judgement {
  readonly promises: readonly JudgedPromise[]
  readonly offences: readonly Offence[]
  readonly counts: Counts
  /** Of each fault in turn: what it did to the turns whose owner it hit. */
  readonly faults: readonly JudgedFault[]
  readonly latencies: readonly Latency[]
}

export interface JudgedPromise {
  readonly name: string
  /** For people: `0`, `<= 15 s`. */
  readonly target: string
  readonly measured: string
  readonly kept: boolean
}

/** One case in which a promise was broken. */
export interface Offence {
  /** Its name. */
  readonly promise: string
  /** The turn's id, or that of the conversation or request. */
  readonly about: string
  readonly says: string
}

export interface Counts {
  readonly acknowledged: number
  readonly conversations: number
  /** Turns by how they are stored. */
  readonly statuses: Readonly<Record<string, number>>
  /** Connections over which answers were read. */
  readonly connections: number
}

export interface JudgedFault {
  readonly name: string
  readonly target: string
  readonly at: number
  readonly healedAt: number
  /** From the fault to the next news of each turn that went on, in ms. */
  readonly takeoverMs: readonly number[]
  /** Of those, the ones that did not go on. */
  readonly lost: number
  /** Of all turns, those that ended early after this fault and before the next. */
  readonly endedEarly: number
  /** Answers of a server that had trouble, in the same time. */
  readonly refused: number
}

/** Milliseconds of something that happened many times. */
export interface Latency {
  readonly name: string
  readonly ms: readonly number[]
}

/** A promise that nothing of a kind happens. */
export function never(name: string, offences: readonly Offence[]): JudgedPromise {
  const count = offences.filter(({ promise }) => promise === name).length
  return { name, target: '0', measured: String(count), kept: count === 0 }
}

/** Availability, in percent. */
export function atLeast(name: string, leastPercent: number, good: number, all: number): JudgedPromise {
  const percent = (good / all) * 100
  return {
    name,
    target: `>= ${leastPercent} %`,
    measured: all === 0 ? 'nothing to measure' : `${floor(percent)} % (${all - good} of ${all} failed)`,
    kept: percent >= leastPercent,
  }
}

/** A time that nearly all keep to. */
export function within(name: string, mostMs: number, ms: readonly number[]): JudgedPromise {
  const p99 = quantile(ms, 0.99)
  return { name, target: `<= ${mostMs} ms`, measured: `${figure(p99)} ms`, kept: p99 <= mostMs }
}

/** Not rounded up: 99.9 % must not be what 99.896 % reads as. */
const floor = (percent: number) => (Math.floor(percent * 1_000) / 1_000).toFixed(3)
