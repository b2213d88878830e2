/**
 * Sends each generation to one of several clusters and streams it back.
 * Must never store anything, know users or conversations, or ask the network anything before a generation is sent.
 */
export type { Endpoint } from './ask-for-models.ts'
export type { ChoiceReasons, Decision } from './choice-reasons.ts'
export type { ClusterOptions, Steering } from './cluster.ts'
export type { ClusterState } from './cluster-state.ts'
export {
  type Asking,
  createLlmRouter,
  type LlmRouter,
  type LlmRouterOptions,
  type LoadedCluster,
  type RouterSetup,
  type Ticket,
} from './create-llm-router.ts'
export type { RequestClass } from './decide/admission-line.ts'
export type { Engine } from './engines.ts'
export type { GenerationEvent, GenerationRequest, PromptMessage, ReadPace, TakeBatch } from './generation-event.ts'
export type { ModelOptions, ResolvedModel } from './model-table.ts'
export { createEndpointProbe, type EndpointProbe, type Probed } from './probe-endpoint.ts'
