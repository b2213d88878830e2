import { z } from 'zod'
import { Fault } from '#kit'
import { Id, NewMessage } from '#protocol'

/** The client's own name for a frame, given back as it came in the turn's `start`, or in the `error` that refuses it. */
export const Ref = z.union([z.string().max(255), z.number()])
export type Ref = z.infer<typeof Ref>

const ref = Ref.optional()

/** As a header would hold it, whose characters need no check of ours; the database takes no U+0000. */
const IdempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}*$/u, 'must hold no control characters')

/** A message, with the same limits as over REST. Its sender follows the turn from its beginning. */
export const SendFrame = NewMessage.omit({ stream: true }).extend({
  type: z.literal('message').optional(),
  conversation_id: Id,
  idempotency_key: IdempotencyKey.optional(),
  ref,
})
export type SendFrame = z.infer<typeof SendFrame>

export const FollowFrame = z.object({
  type: z.literal('follow'),
  turn_id: Id,
  after: z.int().min(0).default(0).describe('`seq` of the last event you have'),
  ref,
})
export type FollowFrame = z.infer<typeof FollowFrame>

export const StopFrame = z.object({ type: z.literal('stop'), turn_id: Id, ref })
export type StopFrame = z.infer<typeof StopFrame>

export const PingFrame = z.object({ type: z.literal('ping'), ref })
export type PingFrame = z.infer<typeof PingFrame>

/** What a client may send, told apart by `type`; none is a message. */
export type ClientFrame = SendFrame | FollowFrame | StopFrame | PingFrame

/** A frame, or why it is none; and what it says of itself for an error that answers it. */
export interface ReadFrame {
  readonly frame: ClientFrame | Fault
  readonly ref?: Ref | undefined
  /** Of a frame that is about a turn. */
  readonly turnId?: string | undefined
}

/** Reads a frame's text; undefined where it was binary. Never throws. */
export function readFrame(text: string | undefined): ReadFrame {
  if (text === undefined) return { frame: new Fault('invalid_request', 'Send text frames, not binary ones.') }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { frame: new Fault('invalid_request', 'The frame is not valid JSON.') }
  }
  if (!isObject(value)) return { frame: new Fault('invalid_request', 'A frame is a JSON object.') }
  const { type = 'message' } = value
  const schema = typeof type === 'string' && Object.hasOwn(schemas, type) ? schemas[type] : undefined
  const about = { ref: Ref.safeParse(value.ref).data }
  if (schema === undefined) {
    const detail = `type: must be one of ${Object.keys(schemas).join(', ')}`
    return { ...about, frame: new Fault('invalid_field', detail, { field: 'type' }) }
  }
  const turnId = type === 'message' ? undefined : TurnName.safeParse(value.turn_id).data
  const read = schema.safeParse(value)
  return { ...about, turnId, frame: read.success ? read.data : explain(read.error.issues) }
}

const schemas: Readonly<Record<string, z.ZodType<ClientFrame>>> = {
  message: SendFrame,
  follow: FollowFrame,
  stop: StopFrame,
  ping: PingFrame,
}

/** What an error repeats as `turn_id`, also where it cannot be one. */
const TurnName = z.string().max(255)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

type Issue = z.core.$ZodIssue

function explain(issues: readonly Issue[]): Fault {
  if (issues.every(isUnknownObject)) return new Fault('not_found', 'There is no such object.')
  const detail = issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; ')
  // Which fault a schema names for its issue; see `Content` in the protocol.
  const tooLarge = issues.some(issue => issue.code === 'custom' && issue.params?.fault === 'too_large')
  return new Fault(tooLarge ? 'too_large' : 'invalid_field', detail, { field: issues[0]?.path.join('.') ?? '' })
}

/** As over REST, an id of what the frame is about that cannot be one of ours is an unknown object. */
const isUnknownObject = ({ code, path }: Issue) =>
  code === 'invalid_format' && (path[0] === 'turn_id' || path[0] === 'conversation_id')
