import assert from 'node:assert/strict'
import {
  type Asking,
  createLlmRouter,
  type Engine,
  type GenerationEvent,
  type GenerationRequest,
  type LlmRouter,
  type TakeBatch,
} from '#llm-router'
import { type AilingCluster, ailingModel, answers, type Behaviour, startAilingCluster } from './ailing-cluster.ts'
import { hi, quiet } from './cluster-under-test.ts'
import { atEnd, type Scope } from './server.ts'

/** Of the last cluster alone: so it can be asked, and become known as fast, without the others. */
export const lastOnes = 'of-the-last'

/** Somebody who asks. */
export const asking: Asking = { userId: 'ada', class: 'interactive', promptTokens: 10 }

/** A router over clusters that are real HTTP servers. */
export interface Routed {
  readonly router: LlmRouter
  readonly clusters: readonly AilingCluster[]
  /** Lets time go by, for all that is measured by the clock. */
  pass(ms: number): void
}

export interface RoutedOptions {
  /** Of each. */
  readonly capacity?: number
  readonly firstTokenTimeoutMs?: number
  /** Nobody listens at the first yet when the router starts. */
  readonly firstIsDead?: boolean
  /** Of the last cluster. */
  readonly lastEngine?: Engine
}

/** Starts clusters `a`, `b`, `c` ... of these behaviours; the first that was never seen is asked first. */
export async function startRouted(
  scope: Scope,
  behaviours: readonly Behaviour[],
  { capacity, firstTokenTimeoutMs, firstIsDead, lastEngine }: RoutedOptions = {},
): Promise<Routed> {
  const clusters = await Promise.all(behaviours.map(behaviour => startAilingCluster(scope, behaviour)))
  if (firstIsDead) await clusters[0]?.kill()
  let passedMs = 0
  const router = await createLlmRouter({
    clusters: clusters.map(({ url }, index) => ({
      name: 'abcd'.charAt(index),
      region: undefined,
      url,
      apiKey: undefined,
      models: index === behaviours.length - 1 ? [ailingModel, lastOnes] : [ailingModel],
      capacity,
      engine: index === behaviours.length - 1 ? lastEngine : undefined,
    })),
    models: new Map([[ailingModel, { ...plain, firstTokenTimeoutMs }]]),
    defaultModel: undefined,
    policy: 'latency_load',
    clock: { now: Date.now, elapsed: () => performance.now() + passedMs },
    random: () => 0,
    log: quiet,
  })
  atEnd(scope, () => router.close())
  return {
    router,
    clusters,
    pass(ms) {
      passedMs += ms
    },
  }
}

/** Two clusters: `a` is asked first, and `b` has answered before, in a moment. */
export async function startPair(scope: Scope, behaviour: Behaviour, options?: RoutedOptions) {
  const routed = await startRouted(scope, [behaviour, answers], options)
  const [a, b] = routed.clusters
  assert.ok(a && b)
  await generate(routed, { name: lastOnes })
  assert.equal(b.asked.length, 1)
  return { ...routed, a, b }
}

export interface GenerateOptions {
  /** It was accepted before: it may have to wait, but is not refused. */
  readonly anyway?: boolean
  readonly as?: Asking
  readonly name?: string
  /** Called with each event, behind `events` having got it. */
  readonly on?: (event: GenerationEvent) => void
  readonly signal?: AbortSignal
  readonly request?: GenerationRequest
}

/** A generation's event, but for why a cluster was chosen. */
export type PlainEvent =
  | Exclude<GenerationEvent, { type: 'dispatched' }>
  | Omit<Extract<GenerationEvent, { type: 'dispatched' }>, 'reasons'>

/** Of one generation. */
export interface Outcome {
  readonly events: readonly PlainEvent[]
  /** Undefined: nothing was. */
  readonly thrown: unknown
}

export async function generate({ router }: Pick<Routed, 'router'>, options: GenerateOptions = {}): Promise<Outcome> {
  const {
    name = ailingModel,
    anyway = false,
    as = asking,
    request = hi,
    on = () => {},
    signal = new AbortController().signal,
  } = options
  const events: PlainEvent[] = []
  const take: TakeBatch = batch => {
    events.push(...batch.map(withoutReasons))
    for (const event of batch) on(event)
  }
  let thrown: unknown
  try {
    const ticket = anyway ? await router.admitAnyway(name, as, signal) : router.admit(name, as)
    await router.generate(ticket, request, take, signal).finally(() => ticket.release())
  } catch (error) {
    thrown = error
  }
  return { events, thrown }
}

/** They change from choice to choice; a test that cares looks at what `on` is given. */
const withoutReasons = (event: GenerationEvent): PlainEvent =>
  event.type === 'dispatched' ? { type: event.type, cluster: event.cluster, model: event.model } : event

const plain = { serves: ailingModel, contextTokens: undefined, temperature: undefined, notice: undefined }
