import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Fault, isFault } from '#kit'
import type { RequestClass } from '#llm-router'
import type { AcceptedTurn } from '#protocol'
import type { Idempotency, OwnerStore, StartOutcome, TurnRow } from '#store'

/** The caller's `Idempotency-Key`, and the request it was sent with, as a text that equal requests share. */
export interface RepeatableRequest {
  readonly key: string
  readonly request: string
}

/** What a caller may say about the beginning of a turn. */
export interface BeginOptions {
  /** Who waits for it; `default` unless said otherwise. */
  readonly class?: RequestClass
  readonly repeatable?: RepeatableRequest | undefined
  /** Called before anything is stored, unless an earlier request under the same key is answered; may reject to refuse. */
  readonly beforeStart?: () => Promise<unknown>
}

export const toIdempotency = (repeatable: RepeatableRequest | undefined): Idempotency | undefined =>
  repeatable && { key: repeatable.key, requestHash: createHash('sha256').update(repeatable.request).digest() }

/** How long a start whose commit is unknown is looked up before the sender is told to try again. */
const lookUpForMs = 5_000
const lookUpEveryMs = 250

/** What a start came to; that there is no message to start from is told by whoever knows which one was meant. */
type Begun = Exclude<StartOutcome, 'no_message'>

/**
 * Starts a turn surely: `start` writes it under ids minted before. Where the connection broke and nobody knows whether it
 * was committed, the turn is looked up by its id; where another request came first under the same idempotency key, its
 * turn is the answer, and `started` false. Throws `idempotency_conflict` when that was another request.
 */
export async function acceptTurn(
  owner: OwnerStore,
  turn: AcceptedTurn,
  { repeatable, beforeStart }: BeginOptions,
  start: () => Promise<Begun>,
): Promise<{ readonly accepted: AcceptedTurn; readonly outcome: 'running' | 'queued' | 'repeated' }> {
  const idempotency = toIdempotency(repeatable)
  const repeated = await madeBefore(owner, idempotency)
  if (repeated !== undefined) return { accepted: repeated, outcome: 'repeated' }
  await beforeStart?.()
  const outcome = await startSurely(owner, turn.turn_id, start)
  switch (outcome) {
    case 'running':
    case 'queued':
      return { accepted: turn, outcome }
    case 'key_taken': {
      const first = await madeBefore(owner, idempotency)
      if (first === undefined) throw noConversation()
      return { accepted: first, outcome: 'repeated' }
    }
    case 'no_conversation':
      throw noConversation()
    case 'too_many_open':
      throw new Fault('rate_limited', 'Too many of your answers are queued or running: wait until one has ended.', {
        retryAfterMs: 5_000,
      })
  }
}

/** The turn that was made under the same key, for the same request. */
async function madeBefore(owner: OwnerStore, idempotency: Idempotency | undefined): Promise<AcceptedTurn | undefined> {
  const made = await objectMadeUnder(owner, idempotency)
  const turn = made === undefined ? undefined : await owner.turns.get(made)
  if (turn === undefined) return undefined
  return { turn_id: turn.id, message_id: turn.message_id, user_message_id: turn.user_message_id }
}

/** The id of what an earlier request under this key made. Throws `idempotency_conflict` when it was another request. */
export async function objectMadeUnder(
  owner: OwnerStore,
  idempotency: Idempotency | undefined,
): Promise<string | undefined> {
  if (idempotency === undefined) return undefined
  const made = await owner.turns.madeUnder(idempotency.key)
  if (made !== undefined && !made.requestHash.equals(idempotency.requestHash)) {
    throw new Fault('idempotency_conflict', 'This Idempotency-Key was used for another request.')
  }
  return made?.objectId
}

/** The epoch of a turn that nobody has taken over: whoever started it has it. */
export const firstEpoch = 1

async function startSurely(owner: OwnerStore, turnId: string, start: () => Promise<Begun>): Promise<Begun> {
  try {
    return await start()
  } catch (error) {
    if (!isFault(error)) throw error
    const row = await lookUp(owner, turnId)
    if (row === undefined) return startAgain(owner, turnId, start)
    return outcomeOf(row) ?? Promise.reject(error)
  }
}

/**
 * What was not committed may be tried again under the same ids; once, for the database may simply be full. Where the first
 * attempt was on its way to be committed after all, this one meets its rows or its key.
 */
async function startAgain(owner: OwnerStore, turnId: string, start: () => Promise<Begun>): Promise<Begun> {
  const second = await start().then(
    begun => ({ begun }),
    (error: unknown) => ({ error }),
  )
  if ('begun' in second && second.begun !== 'key_taken') return second.begun
  const row = await lookUp(owner, turnId)
  const first = row && outcomeOf(row)
  if (first !== undefined) return first
  if ('begun' in second) return second.begun
  throw second.error
}

/** As its start would have said: one that somebody else has taken over by now is not this process's to run. */
function outcomeOf({ status, epoch }: TurnRow): 'running' | 'queued' | undefined {
  if (status === 'running') return epoch === firstEpoch ? 'running' : 'queued'
  return status === 'queued' ? 'queued' : undefined
}

async function lookUp(owner: OwnerStore, turnId: string) {
  for (let waitedMs = 0; ; waitedMs += lookUpEveryMs) {
    try {
      return await owner.turns.get(turnId)
    } catch (error) {
      if (!isFault(error) || waitedMs >= lookUpForMs) throw error
    }
    await wait(lookUpEveryMs)
  }
}

export const noConversation = () => new Fault('not_found', 'There is no such conversation.')
