/**
 * Judges what goes in and what comes out: exact rules in this process, and a guard behind an endpoint.
 * Must never let a text pass unjudged in silence, log a text, or ask the network per token.
 */
export { type Classification, createSafety, type Safety, type SafetyOptions } from './create-safety.ts'
export type { SafetyMetrics } from './judge.ts'
export type { CategoryPolicy, Refusal } from './refusal.ts'
export type { ReplyScreen, Screened } from './reply-screen.ts'
