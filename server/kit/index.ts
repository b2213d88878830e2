/**
 * What every module may lean on: faults, ids, clock, the logger's port, text at the borders.
 * Must never know a module of the product, do I/O, or hold state.
 */
export { Away } from './away.ts'
export { cleanText, createTextCleaner, type TextCleaner } from './clean-text.ts'
export { type Clock, systemClock } from './clock.ts'
export { Fault, type FaultOptions, faultStatus, isFault } from './fault.ts'
export { type FollowingAbort, followAbort } from './follow-abort.ts'
export type { Log, LogFields } from './log.ts'
export { type IdSource, newId } from './new-id.ts'
