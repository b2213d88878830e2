/**
 * Postgres: the schema, its migrations, and every statement that reads or writes it.
 * Must never decide what a turn means, know HTTP, or answer one user with another's rows.
 */
export type { ClaimedTurn } from './claim-turns.ts'
export type { ConversationCursor, ConversationPatch, ConversationRow } from './conversations.ts'
export { type OwnerStore, openStore, type Store } from './create-store.ts'
export type { Directory, KeyHolder } from './directory.ts'
export type { EndOutcome, GenerationRecord, TurnEnd } from './end-turn.ts'
export type { AnswerRow, BranchMessage, MessageRow } from './messages.ts'
export type { NewTurn } from './start-turn.ts'
export { leaseMs } from './workers.ts'
