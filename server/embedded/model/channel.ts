import { z } from 'zod'

/**
 * What parent and child tell each other over the IPC channel. The bearer token travels here because a command line and
 * an environment can be read by other processes.
 */
export const Start = z.object({
  type: z.literal('start'),
  name: z.string(),
  file: z.string(),
  /** Per sequence; absent: what the model was trained on, at most 8192. */
  contextTokens: z.int().positive().optional(),
  parallel: z.int().positive(),
  threads: z.int().positive().optional(),
  /** Used when a request names none. */
  temperature: z.number().optional(),
  apiKey: z.string(),
  /** 0: any free one. */
  port: z.int(),
})
export type Start = z.infer<typeof Start>

export const ChildMessage = z.discriminatedUnion('type', [
  /** The load makes progress; sent at most once a second. */
  z.object({ type: z.literal('loading') }),
  z.object({
    type: z.literal('ready'),
    port: z.int(),
    contextTokens: z.int(),
    threads: z.int(),
    loadMs: z.number(),
  }),
  /** The load failed for a reason that is half a sentence; the parent ends the child. */
  z.object({ type: z.literal('failed'), reason: z.string() }),
  z.object({
    type: z.literal('log'),
    level: z.enum(['debug', 'warn', 'error']),
    fields: z.record(z.string(), z.unknown()),
    message: z.string(),
  }),
])
export type ChildMessage = z.infer<typeof ChildMessage>
