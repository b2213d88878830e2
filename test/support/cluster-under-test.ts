import { Agent } from 'undici'
import { systemClock } from '#kit'
import type { GenerationEvent, GenerationRequest } from '#llm-router'
import { createCapacityPart } from '../../server/llm-router/capacity-part.ts'
import { type Attempt, type Cluster, type ClusterOptions, createCluster } from '../../server/llm-router/cluster.ts'
import { createKeptConnections } from '../../server/llm-router/kept-connections.ts'
import { type AilingCluster, ailingModel, type Behaviour, startAilingCluster } from './ailing-cluster.ts'
import { atEnd, type Scope } from './server.ts'

/** The router's side of a cluster and, over real HTTP, the cluster itself. */
export interface ClusterUnderTest {
  readonly cluster: Cluster
  readonly upstream: AilingCluster
}

export const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export async function startClusterUnderTest(
  scope: Scope,
  behaviour?: Behaviour,
  options: Partial<ClusterOptions> = {},
): Promise<ClusterUnderTest> {
  const upstream = await startAilingCluster(scope, behaviour)
  const agent = new Agent({ connect: { timeout: 2_000 } })
  const connections = createKeptConnections({ connectMs: 2_000 })
  atEnd(scope, async () => {
    connections.close()
    await agent.destroy()
  })
  const cluster = createCluster(
    {
      name: 'a',
      region: undefined,
      url: upstream.url,
      apiKey: 'secret',
      models: undefined,
      capacity: undefined,
      engine: undefined,
      ...options,
    },
    { agent, connections, part: createCapacityPart(), clock: systemClock, random: () => 0.5, log: quiet },
  )
  return { cluster, upstream }
}

export const hi: GenerationRequest = {
  messages: [{ role: 'user', content: 'Hi' }],
  maxTokens: 10,
  temperature: 0.5,
  continues: false,
  seamless: false,
}

/** One attempt that puts into `events` what it takes, with `first` where the cluster says that the answer begins. */
export async function generateInto(
  events: (GenerationEvent | 'first')[],
  { cluster }: ClusterUnderTest,
  attempt: Partial<Attempt> = {},
): Promise<void> {
  await cluster.generate({
    model: ailingModel,
    request: hi,
    take: batch => events.push(...batch),
    onFirst: () => events.push('first'),
    silenceMs: () => 20_000,
    pace: undefined,
    signal: new AbortController().signal,
    ...attempt,
  })
}
