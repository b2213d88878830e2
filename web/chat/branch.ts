import type { Message } from '#protocol'

/** Which child is shown below a message (or as root: null), where somebody chose. */
export type BranchChoices = ReadonlyMap<string | null, string>

/** A message on the branch that is shown, and what else stands in its place. */
export interface BranchRow {
  readonly message: Message
  /** All answers to one question, or all versions of it, oldest first; the message itself among them. */
  readonly siblings: readonly string[]
  readonly index: number
}

/**
 * The branch from a root to a leaf, of a tree whose messages come oldest first. Where nothing was chosen it leads to the
 * newest message, below which the server puts the next one; else to the newest child.
 */
export function visibleBranch(messages: readonly Message[], choices: BranchChoices): readonly BranchRow[] {
  const children = Map.groupBy(messages, ({ parent_id }) => parent_id)
  const toNewest = pathToNewest(messages)
  const rows: BranchRow[] = []
  for (let parent: string | null = null; ; ) {
    const candidates: readonly Message[] = children.get(parent) ?? []
    const chosen = candidates.findIndex(({ id }) => id === choices.get(parent))
    const usual = candidates.findIndex(({ id }) => toNewest.has(id))
    const index = [chosen, usual].find(place => place !== -1) ?? candidates.length - 1
    const message = candidates[index]
    if (message === undefined) return rows
    rows.push({ message, siblings: candidates.map(({ id }) => id), index })
    parent = message.id
  }
}

function pathToNewest(messages: readonly Message[]): ReadonlySet<string> {
  const parents = new Map(messages.map(({ id, parent_id }) => [id, parent_id]))
  const path = new Set<string>()
  for (let id = messages.at(-1)?.id; id !== undefined && !path.has(id); id = parents.get(id) ?? undefined) path.add(id)
  return path
}
