import type { createAdmissionQueue } from '../../server/llm-router/decide/admission-queue.ts'
import type { Demand } from '../../server/llm-router/decide/demand.ts'
import type { Policy } from '../../server/llm-router/decide/policy.ts'

/** A policy, and what it wants to know beside what every policy is shown. */
export interface PolicyUnderTest {
  readonly choose: Policy
  readonly observe?: Observer
  /** What stands before the clusters where they have a capacity; a plain line where it is not said. */
  readonly createLine?: typeof createAdmissionQueue
}

/** What a router sees of its own dispatches, for rules that keep books of their own. Times are milliseconds. */
export interface Observer {
  sent?(cluster: string, demand: Demand): void
  /** Each that was sent waits for its first token until here, once. */
  answeredOrFailed?(cluster: string, tookMs: number, now: number): void
  /** Each that was sent ends once, however. */
  ended?(cluster: string, demand: Demand): void
}
