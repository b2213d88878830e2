import type { Role, TurnStatus } from '#protocol'
import type { Database } from './database.ts'

/** A message as the prompt sees it. */
export interface BranchMessage {
  readonly role: Role
  readonly content: string
  readonly status: TurnStatus
  /** What safety refused it for. */
  readonly category: string | null
}

/** What a prompt is built from. */
export interface PromptContext {
  readonly systemPrompt: string | null
  /** The conversation has no name but its first words. */
  readonly titleProvisional: boolean
  /** It will be gone soon, with all that came from it. */
  readonly temporary: boolean
  /** Oldest first; its last message is the leaf. */
  readonly branch: readonly BranchMessage[]
}

/**
 * Reads the branch that ends in `leafId`, as many of its newest messages as hold at most `maxCharacters` together, and
 * never fewer than the leaf, with what the prompt needs of their conversation: one round trip. Undefined when the
 * conversation is gone.
 */
export async function readPromptContext(
  { query }: Database,
  userId: string,
  conversationId: string,
  leafId: string,
  maxCharacters: number,
): Promise<PromptContext | undefined> {
  const [conversation, ...branch] = await query<ContextRow>(statement, [userId, conversationId, leafId, maxCharacters])
  if (conversation?.position !== -1) return undefined
  return {
    systemPrompt: conversation.content,
    titleProvisional: conversation.title_provisional,
    temporary: conversation.temporary,
    branch: branch.map(({ role, content, status, category }) => ({ role, content: content ?? '', status, category })),
  }
}

interface ContextRow {
  position: number
  role: Role
  content: string | null
  status: TurnStatus
  category: string | null
  title_provisional: boolean
  temporary: boolean
}

// The conversation stands in front as a row of its own. `characters` counts what stands after a message, so the walk
// stops behind the first that does not fit any more.
const statement = `
WITH RECURSIVE branch AS (
  SELECT parent_id, position, role, content, status, category, 0 AS characters
  FROM messages WHERE user_id = $1 AND conversation_id = $2 AND id = $3
  UNION ALL
  SELECT m.parent_id, m.position, m.role, m.content, m.status, m.category, b.characters + length(b.content)
  FROM branch b
  JOIN messages m ON m.user_id = $1 AND m.conversation_id = $2 AND m.id = b.parent_id
  WHERE b.characters + length(b.content) + length(m.content) <= $4
)
SELECT -1 AS position, 'system' AS role, system_prompt AS content, NULL AS status, NULL AS category, title_provisional,
       expires_at IS NOT NULL AS temporary
FROM conversations WHERE user_id = $1 AND id = $2 AND deleted_at IS NULL
UNION ALL
SELECT position, role, content, status, category, NULL, NULL FROM branch
ORDER BY position`
