import { z } from 'zod'
import { faultCodes } from './fault-code.ts'
import { FinishReason, Message, TurnStatus } from './message.ts'
import { Id, Time } from './shape.ts'

/** Tokens of one turn, as its clusters counted them. */
export const TokenUsage = z
  .object({
    input_tokens: z.int(),
    cached_tokens: z.int().describe('Of the input, what a cluster had kept from earlier prompts'),
    output_tokens: z.int(),
  })
  .meta({ id: 'TokenUsage' })
export type TokenUsage = z.infer<typeof TokenUsage>

/** What every event but `status` carries. `seq` rises by at least one from event to event of a turn. */
const numbered = { turn_id: Id, seq: z.int().positive() }

export const StartEvent = z.object({
  type: z.literal('start'),
  ...numbered,
  conversation_id: Id,
  message_id: Id.describe("The answer's id"),
  user_message_id: Id,
})
export type StartEvent = z.infer<typeof StartEvent>
export const StatusEvent = z.object({
  type: z.literal('status'),
  turn_id: Id,
  state: z.enum(['queued', 'loading', 'thinking']),
  position: z.int().optional().describe('Place in the queue, 1 for the next'),
  wait_ms: z.int().optional().describe('How long that will take, as far as known'),
})
export type StatusEvent = z.infer<typeof StatusEvent>
export const TokenEvent = z.object({
  type: z.literal('token'),
  ...numbered,
  content: z.string(),
  offset: z.int().describe('UTF-16 units of the answer before it'),
})
export type TokenEvent = z.infer<typeof TokenEvent>
export const ReasoningEvent = z.object({ type: z.literal('reasoning'), ...numbered, content: z.string() })
export type ReasoningEvent = z.infer<typeof ReasoningEvent>
export const SnapshotEvent = z.object({
  type: z.literal('snapshot'),
  ...numbered,
  content: z.string().describe('Replaces all text shown so far'),
})
export type SnapshotEvent = z.infer<typeof SnapshotEvent>
export const UsageEvent = z.object({ type: z.literal('usage'), ...numbered, usage: TokenUsage })
export type UsageEvent = z.infer<typeof UsageEvent>
export const DoneEvent = z.object({
  type: z.literal('done'),
  ...numbered,
  message: Message,
  usage: TokenUsage.nullable().describe('Null when no cluster counted'),
  finish_reason: FinishReason.nullable(),
})
export type DoneEvent = z.infer<typeof DoneEvent>
export const ErrorEvent = z.object({
  type: z.literal('error'),
  ...numbered,
  code: z.enum(faultCodes),
  message: z.string(),
  retryable: z.boolean().describe('The same turn may succeed when it is tried again'),
})
export type ErrorEvent = z.infer<typeof ErrorEvent>

/**
 * What a turn tells its readers, the same on SSE and WebSocket: `start`, then the others in any number, and at the end
 * exactly one `done` or `error`. Applying them by `seq` and `offset` gives the stored text: an event whose `seq` is not
 * above the last one applied is skipped; a token is put at its offset; a snapshot replaces everything.
 */
export const TurnEvent = z
  .discriminatedUnion('type', [
    StartEvent,
    StatusEvent,
    TokenEvent,
    ReasoningEvent,
    SnapshotEvent,
    UsageEvent,
    DoneEvent,
    ErrorEvent,
  ])
  .meta({ id: 'TurnEvent' })
export type TurnEvent = z.infer<typeof TurnEvent>

/** A turn, apart from its events. */
export const Turn = z
  .object({
    id: Id,
    conversation_id: Id,
    message_id: Id.describe("The answer's id"),
    user_message_id: Id,
    status: TurnStatus,
    model: z.string(),
    error: z.object({ code: z.enum(faultCodes), message: z.string() }).nullable(),
    created_at: Time,
    started_at: Time.nullable(),
    ended_at: Time.nullable(),
  })
  .meta({ id: 'Turn' })
export type Turn = z.infer<typeof Turn>

/** Why a generation was sent to a cluster. */
export const GenerationReasons = z
  .object({
    policy: z.string(),
    attempt: z.int().describe('1, or more where other clusters had failed before'),
    candidates: z.int().describe('Clusters that serve the model and had not failed it before'),
    score: z.number().describe("The lowest won; what it means is the policy's own"),
    first_token_ms: z.number().describe('As predicted, as long as the cluster is not late'),
    uncached_tokens: z.number().describe('Of the prompt, what the cluster had probably yet to read'),
    lateness: z.number().describe('Over 1: its oldest unanswered request was so many times later than predicted'),
    went_on_at: z
      .int()
      .optional()
      .describe('It failed in the middle of its answer, and another went on: UTF-16 units of text before that place'),
  })
  .meta({ id: 'GenerationReasons' })
export type GenerationReasons = z.infer<typeof GenerationReasons>

/** What one try on one cluster came to. */
export const Generation = z
  .object({
    cluster: z.string(),
    model: z.string().describe('As the cluster knows it'),
    reasons: GenerationReasons.partial().describe(
      'Why this cluster; empty of turns from before a release that keeps it',
    ),
    outcome: z.enum(['complete', 'cut', 'refused', 'aborted']).describe('`refused`: it failed before its first text'),
    input_tokens: z.int().nullable(),
    cached_tokens: z.int().nullable(),
    output_tokens: z.int().nullable(),
    first_token_ms: z.int().nullable(),
    latency_ms: z.int(),
  })
  .meta({ id: 'Generation' })
export type Generation = z.infer<typeof Generation>

/** A turn with its receipts. */
export const TurnDetails = Turn.extend({
  generations: z
    .array(Generation)
    .describe('Once it has ended: each try, the last one answered; none for a cached answer'),
}).meta({ id: 'TurnDetails' })
export type TurnDetails = z.infer<typeof TurnDetails>

/** The receipt of a message that was accepted, for callers who do not wait. */
export const AcceptedTurn = z
  .object({ turn_id: Id, message_id: Id.describe("The answer's id"), user_message_id: Id })
  .meta({ id: 'AcceptedTurn' })
export type AcceptedTurn = z.infer<typeof AcceptedTurn>
