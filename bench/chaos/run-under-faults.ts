import { join } from 'node:path'
import { progress, type Started } from '../run-bench.ts'
import { startWorker } from '../worker-process.ts'
import { longestAnswerMs } from './answer-text.ts'
import { dealFaults, type FaultPlan } from './faults.ts'
import { type HistoryRecord, readHistory, writeHistory } from './history.ts'
import { judgeHistory } from './judge-history.ts'
import type { Judgement } from './judgement.ts'
import type { LoadAnswer, LoadPlan, LoadQuestion } from './load.ts'
import type { Stage } from './stage.ts'
import { verifyDatabase } from './verify-database.ts'

/** After the last fault clients wait so long for their answers beside what those take: one may be waiting for its second takeover. */
const takeoversMs = 60_000
/** The clients begin over about an answer's time, and no faster than this, one after the other: a crowd is another test. */
const shortestRampMs = 10_000
const betweenClientsMs = 25

export interface LoadOptions extends Pick<LoadPlan, 'streams' | 'seed' | 'dropAfter' | 'stopShare' | 'wish'> {
  readonly name: string
}

export interface RunningLoad {
  tell(): Promise<LoadAnswer>
  /** No more messages; resolves with what happened when the last answer has ended and everything was read again. */
  finish(): Promise<{ readonly judgement: Judgement; readonly history: readonly HistoryRecord[] }>
  /** Where the benchmark's own records go. */
  readonly history: ReturnType<typeof writeHistory>
}

/** Starts the clients, in a process of their own. */
export async function startLoad(started: Started, stage: Stage, options: LoadOptions): Promise<RunningLoad> {
  const { name, ...how } = options
  const worker = startWorker(started, new URL('load.ts', import.meta.url))
  const files = [join(stage.folder, `${name}-clients.jsonl`), join(stage.folder, `${name}-faults.jsonl`)] as const
  const history = writeHistory(files[1])
  const ask = (question: LoadQuestion, limitMs?: number) => worker.ask<LoadAnswer>(question, limitMs)
  const run = `${name} ${Date.now().toString(36)}`
  const { keys, balancer } = stage
  const patienceMs = takeoversMs + longestAnswerMs(how.wish)
  const rampMs = Math.max(shortestRampMs, how.streams * betweenClientsMs)
  await ask({ do: 'begin', plan: { ...how, url: balancer.url, keys, rampMs, run, historyFile: files[0] } })
  return {
    history,
    tell: () => ask({ do: 'tell' }),
    async finish() {
      progress('waiting for the last answers, and reading everything again')
      await ask({ do: 'finish', patienceMs }, patienceMs * 3)
      await worker.stop()
      await history.close()
      const records = await readHistory(files)
      const judgement = judgeHistory(records)
      const promises = [...judgement.promises, await verifyDatabase(stage)]
      return { judgement: { ...judgement, promises }, history: records }
    },
  }
}

/** Clients chat while faults are dealt. */
export async function runUnderFaults(started: Started, stage: Stage, options: LoadOptions, plan: FaultPlan) {
  const load = await startLoad(started, stage, options)
  progress(`${options.streams} clients chat for ${plan.forMs / 1_000} s; a fault every ${plan.everyMs / 1_000} s`)
  await dealFaults(stage, load.history, plan)
  return load.finish()
}
