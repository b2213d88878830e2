import type { Conversation } from '#protocol'

export type DateGroup = 'pinned' | 'today' | 'yesterday' | 'week' | 'month' | 'older'

const dayMs = 86_400_000

/** Conversations under the day of their last activity, in the order given; days begin at midnight where the reader is. */
export function groupByDate(
  conversations: readonly Conversation[],
  now: Date,
): readonly (readonly [DateGroup, readonly Conversation[]])[] {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const groupOf = ({ pinned, updated_at }: Conversation): DateGroup => {
    const time = Date.parse(updated_at)
    if (pinned) return 'pinned'
    if (time >= midnight) return 'today'
    if (time >= midnight - dayMs) return 'yesterday'
    if (time >= midnight - 7 * dayMs) return 'week'
    return time >= midnight - 30 * dayMs ? 'month' : 'older'
  }
  const groups = Map.groupBy(conversations, groupOf)
  return order.flatMap(group => {
    const members = groups.get(group)
    return members === undefined ? [] : [[group, members] as const]
  })
}

const order: readonly DateGroup[] = ['pinned', 'today', 'yesterday', 'week', 'month', 'older']
