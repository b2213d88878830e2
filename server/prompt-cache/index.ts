/**
 * Equal prompts are answered once: answers are kept for a while, and equal prompts in flight share one generation.
 * Must never fail or visibly delay a turn, give out an answer of a conversation that was forgotten, or decide which
 * answers are fit to be kept.
 */
export { type AnsweredPrompt, type AnswerKey, answerKey } from './answer-key.ts'
export type { ClaimOutcome } from './claims.ts'
export { createPromptCache, type PromptCacheOptions } from './create-prompt-cache.ts'
export type { KeptAnswer } from './kept-answer.ts'
export type { PromptCache } from './prompt-cache.ts'
export { createSingleFlight, type SingleFlight } from './single-flight.ts'
