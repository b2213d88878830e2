import { z } from 'zod'
import { Content } from './conversation.ts'
import { Id, pageOf, Time } from './shape.ts'

export const Role = z.enum(['user', 'assistant', 'system'])
export type Role = z.infer<typeof Role>

/** A turn's states, which its answer shares. The last four are final. */
export const TurnStatus = z.enum(['queued', 'running', 'done', 'stopped', 'failed', 'interrupted'])
export type TurnStatus = z.infer<typeof TurnStatus>

/** Why an answer ended. */
export const FinishReason = z.enum(['stop', 'length', 'content_filter', 'tool_calls', 'stopped', 'interrupted'])
export type FinishReason = z.infer<typeof FinishReason>

export const Message = z
  .object({
    id: Id,
    parent_id: Id.nullable().describe('The message it follows; null for the first of a tree'),
    turn_id: Id.nullable(),
    role: Role,
    content: z.string(),
    model: z.string().nullable().describe('The name the caller picked'),
    served_by: z
      .object({ model: z.string(), cluster: z.string() })
      .nullable()
      .describe('What really answered; null for what people write'),
    tokens: z.int().nullable().describe('As its model counts them; null while unknown'),
    status: TurnStatus,
    finish_reason: FinishReason.nullable(),
    cached: z.boolean().describe('The answer was made for an equal prompt'),
    category: z.string().nullable().describe('What safety refused it for; null for all others'),
    rating: z.union([z.literal(1), z.literal(-1)]).nullable(),
    created_at: Time,
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>

export const NewMessage = z
  .object({
    content: Content.refine(text => text.replaceAll('\0', '').trim() !== '', 'must not be empty'),
    parent_id: Id.nullish().describe('Omitted: the current leaf. Null: a new root'),
    model: z.string().min(1).max(200).optional().describe("Omitted: the conversation's"),
    temperature: z.number().min(0).max(2).optional(),
    max_tokens: z.int().min(1).max(1_000_000).optional(),
    stream: z.boolean().optional().describe('Answer with events as they come'),
  })
  .meta({ id: 'NewMessage' })
export type NewMessage = z.infer<typeof NewMessage>

export const Regeneration = z
  .object({
    model: z.string().min(1).max(200).optional().describe("Omitted: the first answer's"),
    stream: z.boolean().optional().describe('Answer with events as they come'),
  })
  .meta({ id: 'Regeneration' })

export const Rating = z
  .object({
    value: z.union([z.literal(1), z.literal(-1), z.null()]).describe('Null takes the rating back'),
    comment: z.string().max(4_000).nullish(),
  })
  .meta({ id: 'Rating' })
export type Rating = z.infer<typeof Rating>

export const MessagePage = pageOf(Message).meta({ id: 'MessagePage' })
export type MessagePage = z.infer<typeof MessagePage>
