/**
 * Postgres: the schema, its migrations, and every statement that reads or writes it.
 * Must never decide what a turn means, know HTTP, or answer one user with another's rows.
 */
export type { AuditEntry } from './audit.ts'
export type { AuthTables } from './auth-tables.ts'
export type { ClaimedTurn } from './claim-turns.ts'
export type { AddedCluster, Clusters } from './clusters.ts'
export type { ConversationCursor, ConversationPatch, ConversationRow } from './conversations.ts'
export { type OwnerStore, openStore, type Store } from './create-store.ts'
export type { DatabaseOptions } from './database.ts'
export type { Directory, KeyHolder } from './directory.ts'
export type { EndOutcome, GenerationRecord, TurnEnd } from './end-turn.ts'
export type { LoggedText } from './log-turns.ts'
export type { MessageRow } from './messages.ts'
export type { OneTimeLinks } from './one-time-links.ts'
export type { People, PersonRow } from './people.ts'
export type { BranchMessage, PromptContext } from './prompt-context.ts'
export type { SessionHolder, SessionRow, Sessions } from './sessions.ts'
export type { Continuation, Regeneration } from './start-again.ts'
export type { Idempotency, NewTurn, StartOutcome, StartTerms } from './start-turn.ts'
export type { TurnRow } from './turns.ts'
export { leaseMs } from './workers.ts'
