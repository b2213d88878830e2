/**
 * Sends each generation to one of several clusters and streams it back.
 * Must never store anything, know users or conversations, or ask the network anything before a generation is sent.
 */
export type { Endpoint } from './ask-for-models.ts'
export type { ClusterOptions } from './cluster.ts'
export {
  type ClusterState,
  createLlmRouter,
  type LlmRouter,
  type LlmRouterOptions,
  type LoadedCluster,
} from './create-llm-router.ts'
export type { Engine } from './engines.ts'
export type { GenerationEvent, GenerationRequest, PromptMessage, TakeBatch } from './generation-event.ts'
export type { ModelOptions, ResolvedModel } from './model-table.ts'
export { createEndpointProbe, type EndpointProbe, type Probed } from './probe-endpoint.ts'
