import { figure, quantile } from '../figures.ts'
import { answerText } from './answer-text.ts'
import {
  type Acknowledged,
  type Attempt,
  type Ended,
  type Fault,
  type HistoryRecord,
  type Pause,
  type StoredMessage,
  type Text,
  textOf,
} from './history.ts'
import { isTrouble, judgeRequests } from './judge-requests.ts'
import {
  atLeast,
  type Counts,
  type JudgedFault,
  type JudgedPromise,
  type Judgement,
  never,
  type Offence,
} from './judgement.ts'

const lost = 'acknowledged messages lost'
const doubled = 'messages or answers stored twice'
const keyed = 'keys that made two turns'
const shown = 'clients whose text is not the stored one'
const wrong = 'stored answers that are not what an unbroken one is'
const rules = "event streams against the contract's rules"
const endless = 'answers without an end'
const answered = 'accepted turns that ended done or stopped'
const takeover = 'takeover, p99'

const leastPercent = 99.9
const mostTakeoverMs = 15_000

/**
 * Judges a run by what its clients wrote down and what the server told at the end. Knows every answer, since it is a
 * function of its question. Asks nobody, and keeps nothing.
 */
export function judgeHistory(history: readonly HistoryRecord[]): Judgement {
  const run = sort(history)
  const offences = [...judgeTurns(run), ...judgeConversations(run)]
  const attempts = history.filter(record => record.type === 'attempt')
  const faults = run.faults.map((fault, index) => judgeFault(fault, run.faults[index + 1]?.at, run, attempts))
  const requests = judgeRequests(attempts)
  const answers = [...run.turns.keys()].map(turnId => run.answers.get(turnId)?.status)
  const good = answers.filter(status => status === 'done' || status === 'stopped').length
  return {
    promises: [
      ...[lost, doubled, keyed, shown, wrong, rules, endless].map(name => never(name, offences)),
      atLeast(answered, leastPercent, good, answers.length),
      ...requests.promises,
      ...judgeTakeovers(faults),
    ],
    offences: [...offences, ...requests.offences],
    counts: count(run, answers),
    faults,
    latencies: [...requests.latencies, ...stopLatency(run.ended)],
  }
}

interface Run {
  /** By turn; the first time it was acknowledged. */
  readonly turns: ReadonlyMap<string, Acknowledged>
  readonly acknowledged: readonly Acknowledged[]
  /** By turn. */
  readonly ended: ReadonlyMap<string, Ended>
  /** By conversation. */
  readonly conversations: ReadonlyMap<string, readonly StoredMessage[]>
  /** The stored answer, by turn. */
  readonly answers: ReadonlyMap<string, StoredMessage>
  readonly faults: readonly Fault[]
}

function sort(history: readonly HistoryRecord[]): Run {
  const acknowledged = history.filter(record => record.type === 'acknowledged')
  const stored = history.filter(record => record.type === 'stored')
  const answers = stored.flatMap(({ messages }) => messages.filter(({ role }) => role === 'assistant'))
  return {
    turns: new Map(acknowledged.toReversed().map(record => [record.turnId, record])),
    acknowledged,
    ended: new Map(history.filter(record => record.type === 'ended').map(record => [record.turnId, record])),
    conversations: new Map(stored.map(({ conversationId, messages }) => [conversationId, messages])),
    answers: new Map(answers.flatMap(answer => (answer.turnId === null ? [] : [[answer.turnId, answer]]))),
    faults: history.filter(record => record.type === 'fault').toSorted((a, b) => a.at - b.at),
  }
}

function judgeTurns(run: Run): Offence[] {
  const offences: Offence[] = []
  for (const [turnId, accepted] of run.turns) {
    const offend = (promise: string, says: string) => offences.push({ promise, about: turnId, says })
    const messages = run.conversations.get(accepted.conversationId) ?? []
    const question = messages.find(({ id }) => id === accepted.userMessageId)
    const answer = run.answers.get(turnId)
    if (question === undefined) offend(lost, 'its message is not stored')
    else if (!same(question.text, textOf(accepted.question))) offend(lost, 'its message is stored with another text')
    if (answer === undefined) {
      offend(lost, 'it has no answer, not even an empty one')
      continue
    }
    if (answer.status === 'running' || answer.status === 'queued') offend(endless, `it is stored as ${answer.status}`)
    else if (answer.status !== 'done' && answer.status !== 'stopped')
      offend(answered, `it is stored as ${answer.status}`)
    const wanted = answerText(accepted.question)
    const right = answer.status === 'done' ? wanted : wanted.slice(0, answer.text.length)
    if (!same(answer.text, textOf(right)))
      offend(wrong, `${answer.status}, ${answer.text.length} characters of ${wanted.length}`)
    const ended = run.ended.get(turnId)
    if (ended === undefined || ended.end === 'unfinished') {
      offend(endless, 'its client saw no end')
      continue
    }
    if (!same(ended.text, answer.text))
      offend(shown, `shown ${ended.text.length} characters, stored ${answer.text.length}, ${answer.status}`)
    for (const violation of ended.violations) offend(rules, violation)
  }
  for (const [key, records] of Map.groupBy(run.acknowledged, record => record.key)) {
    const turnIds = new Set(records.map(({ turnId }) => turnId))
    if (turnIds.size > 1) offences.push({ promise: keyed, about: [...turnIds].join(', '), says: `key ${key}` })
  }
  return offences
}

/** Questions are never asked twice, and each has one answer. */
function judgeConversations(run: Run): Offence[] {
  return [...run.conversations].flatMap(([conversationId, messages]) => {
    const questions = messages.filter(({ role }) => role === 'user').map(({ text }) => text.digest)
    const answers = messages.filter(({ role }) => role === 'assistant').map(({ turnId }) => turnId)
    const repeated = [...questions, ...answers].filter((name, at, all) => all.indexOf(name) < at)
    return repeated.map(name => ({ promise: doubled, about: conversationId, says: `${name} stands there again` }))
  })
}

function judgeFault(
  { name, target, at, healedAt, turnIds }: Fault,
  nextAt = Number.POSITIVE_INFINITY,
  { ended }: Run,
  attempts: readonly Attempt[],
): JudgedFault {
  const hit = turnIds.flatMap(turnId => ended.get(turnId) ?? [])
  const goneOn = hit.filter(wasAnswered)
  const isInTime = (event: { readonly at: number }) => event.at >= at && event.at < nextAt
  return {
    name,
    target,
    at,
    healedAt,
    takeoverMs: goneOn.map(({ pauses }) => (pauses.find(pause => spans(pause, at))?.to ?? at) - at),
    lost: hit.length - goneOn.length,
    endedEarly: [...ended.values()].filter(turn => isInTime(turn) && !wasAnswered(turn)).length,
    refused: attempts.filter(attempt => isInTime(attempt) && isTrouble(attempt.outcome)).length,
  }
}

/** To its end, or until its user stopped it. */
const wasAnswered = ({ end, reason }: Ended) => end === 'done' && reason !== 'interrupted'

/** The pause that a fault made: it had begun, or began soon after, when what was under way had come. */
const spans = ({ from, to }: Pause, at: number) => from <= at + 1_000 && to > at

function judgeTakeovers(faults: readonly JudgedFault[]): readonly JudgedPromise[] {
  const all = faults.flatMap(({ takeoverMs }) => takeoverMs)
  const missing = faults.reduce((sum, fault) => sum + fault.lost, 0)
  if (all.length + missing === 0) return []
  const p99 = quantile([...all, ...Array.from({ length: missing }, () => Number.POSITIVE_INFINITY)], 0.99)
  const most = Math.max(...all)
  const measured =
    missing === 0
      ? `${seconds(p99)} (at most ${seconds(most)})`
      : `${missing} of ${all.length + missing} turns did not go on`
  return [{ name: takeover, target: `<= ${seconds(mostTakeoverMs)}`, measured, kept: p99 <= mostTakeoverMs }]
}

function count(run: Run, answers: readonly (string | undefined)[]): Counts {
  const statuses = Map.groupBy(answers, status => status ?? 'not stored')
  return {
    acknowledged: run.turns.size,
    conversations: run.conversations.size,
    statuses: Object.fromEntries([...statuses].map(([status, all]) => [status, all.length])),
    connections: [...run.ended.values()].reduce((sum, { connections }) => sum + connections, 0),
  }
}

function stopLatency(ended: Run['ended']) {
  const stopped = [...ended.values()].filter(({ end, reason }) => end === 'done' && reason === 'stopped')
  const ms = stopped.flatMap(({ at, stopAskedAt }) => (stopAskedAt === undefined ? [] : [at - stopAskedAt]))
  return ms.length === 0 ? [] : [{ name: 'stop, until its reader saw the end', ms }]
}

const same = (a: Text, b: Text) => a.length === b.length && a.digest === b.digest

const seconds = (ms: number) => `${figure(ms / 1_000, 1)} s`
