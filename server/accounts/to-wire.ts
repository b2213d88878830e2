import type { Page, Session, User } from '#protocol'
import type { PersonRow, SessionRow } from '#store'

export const toUser = ({ created_at, ...person }: PersonRow): User => ({
  ...person,
  created_at: created_at.toISOString(),
})

export const toSession = (row: SessionRow, currentId: string | undefined): Session => ({
  id: row.id,
  current: row.id === currentId,
  // The auth library writes an empty text for what it was not told.
  user_agent: row.user_agent || null,
  ip_address: row.ip_address || null,
  created_at: row.created_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})

/** A page of rows that were asked for one beyond its end; its cursor is the last one's id. */
export function toPage<Row extends { readonly id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit)
  const more = rows.length > limit
  return { data: shown.map(toItem), has_more: more, next_cursor: more ? (shown.at(-1)?.id ?? null) : null }
}
