import { z } from 'zod'
import { Fault } from '#kit'
import type { ConversationCursor, ConversationRow, MessageRow } from '#store'

// Cursors are opaque to callers: base64url of a small JSON array.

const ConversationCursorParts = z.tuple([z.int().min(0).max(8.64e15), z.uuid()])
const PositionCursorParts = z.tuple([z.int().min(0).max(2_147_483_647)])

export const writeConversationCursor = ({ updated_at, id }: ConversationRow) => write([updated_at.getTime(), id])

export function readConversationCursor(cursor: string): ConversationCursor {
  const [time, id] = read(cursor, ConversationCursorParts)
  return { updatedAt: new Date(time), id }
}

export const writePositionCursor = ({ position }: MessageRow) => write([position])

export const readPositionCursor = (cursor: string): number => read(cursor, PositionCursorParts)[0]

const write = (parts: readonly (number | string)[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')

function read<Parts>(cursor: string, parts: z.ZodType<Parts>): Parts {
  try {
    return parts.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new Fault('invalid_field', 'This cursor is not one that a list gave out.', { field: 'cursor' })
  }
}
