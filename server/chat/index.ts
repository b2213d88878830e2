/**
 * Conversations, turns and the context a model sees: what the product is about, apart from every protocol.
 * Must never know HTTP, write SQL, or let a turn's life depend on the connection that began it.
 */

export type { RequestClass } from '#llm-router'
export type { BeginOptions, RepeatableRequest } from './accept-turn.ts'
export type { Chat, ChatOptions, ForPeers, PeerFeed } from './create-chat.ts'
export { createChat } from './create-chat.ts'
export { deadlineMs as turnDeadlineMs } from './live-turns.ts'
export type { Peers, PeerTurn } from './peers.ts'
export type { AnswerSharing } from './run-turn/generate-answer.ts'
export type { ReplyEvent } from './run-turn/reply-event.ts'
export type { TurnFeed } from './turn-feed.ts'
