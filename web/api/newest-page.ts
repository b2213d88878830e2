import type { Conversation, ConversationPage } from '#protocol'

/**
 * The pages known so far with a fresh first one: what it holds stands there alone, and what it should hold (being as new
 * as its last) but does not is gone. Older conversations stay as they are known, the first page growing by those that
 * were pushed beyond the fresh one.
 */
export function withNewest(known: readonly ConversationPage[], newest: ConversationPage): ConversationPage[] {
  const [first, ...rest] = known
  if (first === undefined || !newest.has_more) return [newest]
  const fresh = new Set(newest.data.map(({ id }) => id))
  const oldest = newest.data.at(-1)?.updated_at ?? ''
  const isOlder = ({ id, updated_at }: Conversation) => !fresh.has(id) && updated_at <= oldest
  return [
    { ...first, data: [...newest.data, ...first.data.filter(isOlder)] },
    ...rest.map(page => ({ ...page, data: page.data.filter(isOlder) })),
  ]
}
