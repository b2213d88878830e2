/** A process that is all clients of a run at once. */
import { setTimeout as wait } from 'node:timers/promises'
import { answerParent } from '../worker-process.ts'
import type { AnswerWish } from './answer-text.ts'
import { readStored, runClient } from './client.ts'
import { type HistoryWriter, writeHistory } from './history.ts'

/** What the parent sends: begin; then tell how it goes, any number of times; then finish. */
export type LoadQuestion =
  | { readonly do: 'begin'; readonly plan: LoadPlan }
  | { readonly do: 'tell' }
  | { readonly do: 'finish'; readonly patienceMs: number }

export interface LoadPlan {
  /** Of the load balancer. */
  readonly url: string
  /** Of as many users as are needed for the sockets; clients share them. */
  readonly keys: readonly string[]
  readonly streams: number
  /** Over which the clients begin, evenly. */
  readonly rampMs: number
  readonly run: string
  readonly seed: number
  readonly dropAfter: number | undefined
  readonly stopShare: number
  readonly wish: AnswerWish
  readonly historyFile: string
}

export interface LoadAnswer {
  /** Acknowledged messages so far. */
  readonly acknowledged: number
  /** Answers that clients saw end. */
  readonly ended: number
  /** Connections dropped on purpose. */
  readonly dropped: number
}

/** How many conversations are read at once at the end. */
const readers = 8

const ending = new AbortController()
const givingUp = new AbortController()
let [acknowledged, ended, dropped] = [0, 0, 0]
let plan: LoadPlan | undefined
let history: HistoryWriter | undefined
let clients: readonly Promise<readonly string[]>[] = []

answerParent(async (asked: LoadQuestion): Promise<LoadAnswer> => {
  if (asked.do === 'begin') begin(asked.plan)
  if (asked.do === 'finish') await finish(asked.patienceMs)
  return { acknowledged, ended, dropped }
})

function begin(wanted: LoadPlan): void {
  const file = writeHistory(wanted.historyFile)
  plan = wanted
  history = {
    ...file,
    write(record) {
      if (record.type === 'acknowledged') acknowledged += 1
      if (record.type === 'ended') ended += 1
      file.write(record)
    },
  }
  clients = Array.from({ length: wanted.streams }, (_, number) => start(wanted, number))
}

async function start(wanted: LoadPlan, number: number): Promise<readonly string[]> {
  await wait((number * wanted.rampMs) / wanted.streams, undefined, { signal: ending.signal }).catch(() => {})
  const onDrop = () => {
    dropped += 1
  }
  return runClient({ ...wanted, ...clientOf(wanted, number), onDrop, ending: ending.signal })
}

async function finish(patienceMs: number): Promise<void> {
  if (plan === undefined) return
  ending.abort()
  const patience = setTimeout(() => givingUp.abort(), patienceMs)
  const made = await Promise.all(clients)
  clearTimeout(patience)
  const unread = made.flatMap((ids, number) => ids.map(id => ({ id, number }))).values()
  const reading = AbortSignal.timeout(patienceMs)
  const wanted = plan
  await Promise.all(
    Array.from({ length: readers }, async () => {
      for (const { id, number } of unread) await readStored({ ...clientOf(wanted, number), signal: reading }, id)
    }),
  )
  await history?.close()
}

function clientOf(wanted: LoadPlan, number: number) {
  if (history === undefined) throw new Error('no run has begun')
  const key = wanted.keys[number % wanted.keys.length] ?? ''
  return { number, key, url: wanted.url, history, signal: givingUp.signal }
}
