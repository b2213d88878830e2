import type { FailureKind } from '../../server/llm-router/attempt-failure.ts'
import type { QueueTicket } from '../../server/llm-router/decide/admission-queue.ts'
import type { Dispatch } from '../../server/llm-router/decide/cluster-load.ts'
import type { Demand } from '../../server/llm-router/decide/demand.ts'
import type { Candidate } from '../../server/llm-router/decide/policy.ts'
import type { Job } from './engine.ts'
import type { Outcome } from './outcome.ts'
import type { Prompt } from './prompt.ts'
import type { Site } from './site.ts'
import type { Planned } from './timeline.ts'

/** A cluster as this router knows it. */
export interface Member extends Candidate {
  readonly site: Site
}

/** A request on its way through a simulated router. */
export interface OpenRequest {
  readonly prompt: Prompt
  readonly demand: Demand
  readonly askedAt: number
  readonly done: (outcome: Outcome) => void
  readonly tried: Set<Member>
  readonly failures: FailureKind[]
  wastedTokens: number
  attempt: Attempt | undefined
  leaving: Planned | undefined
  ticket: QueueTicket | undefined
}

/** One try of it on one cluster. */
export interface Attempt {
  readonly cluster: Member
  readonly sentAt: number
  readonly dispatch: Dispatch
  firstAt: number | undefined
  job: Job | undefined
  timer: Planned | undefined
}

export function openRequest(
  prompt: Prompt,
  expectedTokens: number,
  now: number,
  done: (outcome: Outcome) => void,
): OpenRequest {
  const { promptTokens, blocks, tokensPerBlock } = prompt
  return {
    prompt,
    demand: { promptTokens, blocks, tokensPerBlock, outputTokens: expectedTokens },
    askedAt: now,
    done,
    tried: new Set(),
    failures: [],
    wastedTokens: 0,
    attempt: undefined,
    leaving: undefined,
    ticket: undefined,
  }
}
