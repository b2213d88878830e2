import { z } from 'zod'

/** An object's id: a UUID, to callers an opaque string. */
export const Id = z.uuid().describe('An opaque string')

/** RFC 3339 in UTC, to the millisecond. */
export const Time = z.iso.datetime().describe('RFC 3339, UTC')

/** What a list answers. `next_cursor` goes on where the page ended. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), has_more: z.boolean(), next_cursor: z.string().nullable() })

export interface Page<Item> {
  data: Item[]
  has_more: boolean
  next_cursor: string | null
}

/** What a list takes. */
export const PageQuery = z.object({
  cursor: z.string().max(200).optional().describe('`next_cursor` of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
export type PageQuery = z.infer<typeof PageQuery>
