import { choice, retention as lengthOfTime, wholeNumber } from './kinds.ts'
import { section } from './section.ts'

/** What one user may do; 0 is no limit. Groups, users and keys may have their own. */
export interface LimitsConfig {
  readonly messagesPerMinute: number
  /** Messages beyond the even rate that may come at once. */
  readonly burst: number
  readonly requestsPerMinute: number
  readonly tokensPerMinute: number
  readonly runningTurns: number
}

export interface CacheConfig {
  /** Who shares an answer: nobody else, everybody here, or there is no cache. */
  readonly scope: 'user' | 'instance' | 'off'
  readonly ttlMs: number
  /** Messages of a branch, the answer counted, up to which answers are cached. */
  readonly maxMessages: number
}

/** How long something is kept, in milliseconds. */
export type Retention = number | 'forever'

export interface RetentionConfig {
  readonly conversations: Retention
  readonly usage: Retention
  readonly audit: Retention
}

export const limits = section({
  messages_per_minute: wholeNumber(0).prefault(20).describe('Messages sent to a model.'),
  burst: wholeNumber(0).prefault(10).describe('Messages beyond the even rate that may come at once.'),
  requests_per_minute: wholeNumber(0).prefault(300).describe('API requests of any kind.'),
  tokens_per_minute: wholeNumber(0).prefault(200_000).describe('Tokens of prompts and answers.'),
  running_turns: wholeNumber(0).prefault(8).describe('Answers being written at the same time.'),
})
  .transform(
    (written): LimitsConfig => ({
      messagesPerMinute: written.messages_per_minute,
      burst: written.burst,
      requestsPerMinute: written.requests_per_minute,
      tokensPerMinute: written.tokens_per_minute,
      runningTurns: written.running_turns,
    }),
  )
  .prefault({})
  .describe('What one user may do; 0 is no limit. Groups, users and keys can be given their own in the web app.')

export const cache = section({
  scope: choice('user', 'instance', 'off')
    .prefault('user')
    .describe('Who may get a cached answer: only the user who asked, everybody of this instance, or nobody.'),
  ttl_seconds: wholeNumber(1).prefault(3600).describe('How long an answer is kept.'),
  max_messages: wholeNumber(2)
    .prefault(4)
    .describe('Messages of a branch, with the answer, up to which answers are cached.'),
})
  .transform(
    (written): CacheConfig => ({
      scope: written.scope,
      ttlMs: written.ttl_seconds * 1000,
      maxMessages: written.max_messages,
    }),
  )
  .prefault({})
  .describe('Answers given again when the same is asked.')

export const retention = section({
  conversations: lengthOfTime().prefault('forever').describe('Conversations, since their last message.'),
  usage: lengthOfTime().prefault('400d').describe('What was used when, for reports and bills.'),
  audit: lengthOfTime().prefault('400d').describe('What administrators did, and what safety decided.'),
})
  .transform((written): RetentionConfig => written)
  .prefault({})
  .describe('How long things are kept. Takes effect with a later release.')
