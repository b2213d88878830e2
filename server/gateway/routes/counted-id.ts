import { z } from 'zod'

/** An id that the database counts: of users and sessions. */
export const CountedId = z
  .string()
  .regex(/^[1-9]\d{0,17}$/)
  .describe('An opaque string')

/** For the query of lists whose cursor is such an id. */
export const countedPages = { cursor: CountedId.optional().describe('`next_cursor` of the page before') }
