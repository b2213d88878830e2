import { z } from 'zod'
import { choice, key, text, webAddress, wholeNumber } from './kinds.ts'
import { listOf, section, uniqueNames } from './section.ts'

/** The engines whose extras Parley knows. */
export type Engine = 'vllm' | 'sglang' | 'llama.cpp' | 'ollama' | 'openai'

/** One OpenAI-compatible endpoint. */
export interface ClusterConfig {
  readonly name: string
  readonly region: string | undefined
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: string | undefined
  /** Undefined: whatever its `GET /models` lists. Never empty. */
  readonly models: readonly string[] | undefined
  /** Generations at once; undefined: learned. */
  readonly capacity: number | undefined
  /** Undefined: detected. */
  readonly engine: Engine | undefined
}

const cluster = section({
  name: text().describe('Its name, once only; shown to administrators and on answers.'),
  region: text().optional().describe('Where it stands, for region policies and display.'),
  url: webAddress().describe('An OpenAI-compatible endpoint, up to and including `/v1`.'),
  api_key: key(1).optional().describe('Sent to it as a Bearer token.'),
  models: listOf(text())
    .min(1, 'must name a model; left out, the models are discovered')
    .optional()
    .describe('The models it serves. Left out: discovered from its `GET /models`.'),
  capacity: wholeNumber(1).optional().describe('Generations at once, for all servers together. Left out: learned.'),
  engine: choice('vllm', 'sglang', 'llama.cpp', 'ollama', 'openai')
    .optional()
    .describe('What runs there. Left out: detected.'),
}).transform(
  (written): ClusterConfig => ({
    name: written.name,
    region: written.region,
    url: written.url,
    apiKey: written.api_key,
    models: written.models,
    capacity: written.capacity,
    engine: written.engine,
  }),
)

export const clusters = listOf(cluster)
  .check(uniqueNames)
  .prefault([])
  .describe('The endpoints that generate answers. Administrators may add more in the web app.')

/** The clusters where they are all as they must be, for rules between sections. */
export function readClusters(written: unknown): readonly ClusterConfig[] | undefined {
  const result = z.safeParse(clusters, written)
  return result.success ? result.data : undefined
}
