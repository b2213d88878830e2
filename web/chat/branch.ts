import type { Message } from '#protocol'

/** Which child is shown below a message (or as root: null), where somebody chose; else the newest. */
export type BranchChoices = ReadonlyMap<string | null, string>

/** A message on the branch that is shown, and what else stands in its place. */
export interface BranchRow {
  readonly message: Message
  /** All answers to one question, or all versions of it, oldest first; the message itself among them. */
  readonly siblings: readonly string[]
  readonly index: number
}

/** The branch from a root to a leaf, of a tree whose messages come oldest first. */
export function visibleBranch(messages: readonly Message[], choices: BranchChoices): readonly BranchRow[] {
  const children = Map.groupBy(messages, ({ parent_id }) => parent_id)
  const rows: BranchRow[] = []
  for (let parent: string | null = null; ; ) {
    const candidates: readonly Message[] = children.get(parent) ?? []
    const chosen = candidates.findIndex(({ id }) => id === choices.get(parent))
    const index = chosen === -1 ? candidates.length - 1 : chosen
    const message = candidates[index]
    if (message === undefined) return rows
    rows.push({ message, siblings: candidates.map(({ id }) => id), index })
    parent = message.id
  }
}
