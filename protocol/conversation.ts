import { z } from 'zod'
import type { FaultCode } from './fault-code.ts'
import { Id, pageOf, Time } from './shape.ts'

/** Longest title, in UTF-16 units. */
export const titleLimit = 200
/** Longest system prompt or message, in UTF-8 bytes: 256 KiB. */
export const contentLimitBytes = 262_144

const byteLength = (text: string) => new TextEncoder().encode(text).length

/** Text of bounded size. An issue whose `params` name a fault is answered with that fault. */
export const Content = z.string().refine(text => byteLength(text) <= contentLimitBytes, {
  message: `must be at most ${contentLimitBytes} bytes of UTF-8`,
  params: { fault: 'too_large' satisfies FaultCode },
})

const Title = z
  .string()
  .trim()
  .max(titleLimit)
  .refine(text => text.replaceAll('\0', '').trim() !== '', 'must not be empty')
const ModelName = z.string().min(1).max(200)

export const Conversation = z
  .object({
    id: Id,
    title: z.string().nullable().describe('Null until the first message names it'),
    model: z.string().describe('The name that new messages use unless they name another'),
    system_prompt: z.string().nullable(),
    project_id: Id.nullable(),
    temporary: z.boolean().describe('Kept out of the list, and deleted for good after 24 hours'),
    pinned: z.boolean(),
    archived_at: Time.nullable(),
    created_at: Time,
    updated_at: Time.describe('When its latest message was sent or its latest answer ended'),
  })
  .meta({ id: 'Conversation' })
export type Conversation = z.infer<typeof Conversation>

export const NewConversation = z
  .object({
    model: ModelName.optional().describe('Omitted: the default model'),
    system_prompt: Content.nullish(),
    title: Title.nullish(),
    project_id: Id.nullish(),
    temporary: z.boolean().default(false),
  })
  .meta({ id: 'NewConversation' })
export type NewConversation = z.infer<typeof NewConversation>

export const ConversationChange = z
  .object({
    title: Title.optional(),
    model: ModelName.optional(),
    system_prompt: Content.nullish(),
    project_id: Id.nullish(),
    pinned: z.boolean().optional(),
    archived: z.boolean().optional(),
  })
  .meta({ id: 'ConversationChange' })
export type ConversationChange = z.infer<typeof ConversationChange>

export const ConversationPage = pageOf(Conversation).meta({ id: 'ConversationPage' })
export type ConversationPage = z.infer<typeof ConversationPage>
