import type { Fault } from './site.ts'
import type { TraceName } from './traces.ts'
import { chat, documents, type Profile, unrepeated, writing } from './workload.ts'

/** A world to route in. Times are simulated; everything random in it depends on the seed alone, not on the policy. */
export interface Scenario {
  readonly name: string
  readonly about: string
  /** How fast each cluster is, as a multiple of the reference engine. */
  readonly speeds: readonly number[]
  readonly load: Load
  readonly durationMs: number
  readonly faults: readonly Fault[]
  /** Clusters that are not there from the beginning. */
  readonly absent: readonly number[]
  /** Router processes, and how often they tell each other what they have under way; undefined: never. */
  readonly routers: number
  readonly shareEveryMs: number | undefined
  /** Standard deviation of the logarithm of a step's duration. */
  readonly noise: number
  /** Generations at once on each cluster, before which requests wait in line; undefined: no limit, and no line. */
  readonly capacity: number | undefined
  /** The gates that judge it. */
  readonly kind: 'homogeneous' | 'heterogeneous' | 'fault' | 'line' | 'other'
}

/** `open`: messages come when they come. `closed`: each of so many users waits for the answer and thinks. */
export type Load =
  | {
      readonly kind: 'open'
      readonly profile: Profile
      readonly rate: number
      readonly burst?: Burst
      readonly leaving?: number
    }
  | {
      readonly kind: 'closed'
      readonly profile: Profile
      readonly users: number
      readonly thinkMs: number
      readonly greedy?: Greedy
    }
  | { readonly kind: 'trace'; readonly trace: TraceName; readonly haste: number }

export interface Burst {
  readonly times: number
  readonly fromMs: number
  readonly untilMs: number
}

/** One more user, who from some time on always has so many requests under way or in line, and comes again when told to. */
export interface Greedy {
  readonly requests: number
  readonly fromMs: number
}

/** Arrivals before are there to warm up, and are not judged. */
export const warmUpMs = 20_000
/** What happens to a cluster begins and ends here. */
export const faultFromMs = 45_000
export const faultUntilMs = 75_000

const four = [1, 1, 1, 1]
const steady: Scenario = {
  name: 'homogeneous',
  about: 'four equal clusters, conversations',
  speeds: four,
  load: { kind: 'open', profile: chat, rate: 20 },
  durationMs: 120_000,
  faults: [],
  absent: [],
  routers: 1,
  shareEveryMs: undefined,
  noise: 0.05,
  capacity: undefined,
  kind: 'homogeneous',
}
const scenario = (name: string, about: string, changes: Partial<Scenario>): Scenario => ({
  ...steady,
  kind: 'other',
  ...changes,
  name,
  about,
})
const during = (change: Fault['change'], undo: Fault['change']): readonly Fault[] => [
  { atMs: faultFromMs, cluster: 0, change },
  { atMs: faultUntilMs, cluster: 0, change: undo },
]
const single = (name: string, about: string, faults: readonly Fault[]) =>
  scenario(name, about, { faults, kind: 'fault', load: { kind: 'open', profile: chat, rate: 16 } })

export const scenarios: readonly Scenario[] = [
  steady,
  scenario('busy', 'the same at 1.3 times the load, near what they can do', {
    load: { kind: 'open', profile: chat, rate: 26 },
    kind: 'homogeneous',
  }),
  scenario('closed-loop', '160 users who wait for each answer and think for 4 s', {
    load: { kind: 'closed', profile: chat, users: 160, thinkMs: 4_000 },
    kind: 'homogeneous',
  }),
  scenario('decode-heavy', 'long answers to short questions', {
    load: { kind: 'open', profile: writing, rate: 9 },
    kind: 'homogeneous',
  }),
  scenario('prefix-heavy', 'questions about 60 documents of 8,000 tokens, more than one cluster keeps', {
    load: { kind: 'open', profile: documents, rate: 14 },
    kind: 'homogeneous',
  }),
  scenario('unrepeated', 'long prompts of which none repeats another, short answers', {
    load: { kind: 'open', profile: unrepeated, rate: 12 },
    kind: 'homogeneous',
  }),
  scenario('heterogeneous', 'six clusters, 3:2:1 in speed, conversations', {
    speeds: [1.5, 1.5, 1, 1, 0.5, 0.5],
    load: { kind: 'open', profile: chat, rate: 30 },
    kind: 'heterogeneous',
  }),
  scenario('burst', 'five times the load for 10 s', {
    load: { kind: 'open', profile: chat, rate: 12, burst: { times: 5, fromMs: 50_000, untilMs: 60_000 } },
    kind: 'homogeneous',
  }),
  scenario('noise', 'steps of very different duration', { noise: 0.6, kind: 'homogeneous' }),
  single(
    'brown-out',
    'one of four four times as slow for 30 s',
    during({ kind: 'slow', factor: 4 }, { kind: 'slow', factor: 1 }),
  ),
  single(
    'black-hole',
    'one of four accepts and never answers for 30 s',
    during({ kind: 'slow', factor: Number.POSITIVE_INFINITY }, { kind: 'slow', factor: 1 }),
  ),
  single(
    'flapping',
    'one of four refuses connections for 5 s of every 10 s',
    [0, 1, 2, 3].flatMap(turn => [
      { atMs: 40_000 + turn * 10_000, cluster: 0, change: { kind: 'down' } },
      { atMs: 45_000 + turn * 10_000, cluster: 0, change: { kind: 'up' } },
    ]),
  ),
  single('errors', 'one of four answers 5 % of requests with a 500', [
    { atMs: 0, cluster: 0, change: { kind: 'errors', share: 0.05 } },
  ]),
  scenario('cold-cache', 'one of four loses its prefix cache, every 10 s', {
    faults: [30, 40, 50, 60, 70, 80].map(second => ({
      atMs: second * 1_000,
      cluster: 0,
      change: { kind: 'forget' },
    })),
  }),
  scenario('join-leave', 'a fourth cluster joins three, and one of those leaves', {
    absent: [3],
    load: { kind: 'open', profile: chat, rate: 14 },
    faults: [
      { atMs: 45_000, cluster: 3, change: { kind: 'join' } },
      { atMs: 75_000, cluster: 0, change: { kind: 'leave' } },
    ],
  }),
  scenario('overload', '1.3 times what they can do, for a minute', {
    load: { kind: 'open', profile: chat, rate: 10, burst: { times: 4, fromMs: 30_000, untilMs: 90_000 } },
  }),
  scenario(
    'overload-in-line',
    '1.3 times what they can do, for a minute, at most 64 at once on each: who comes waits in line',
    {
      load: { kind: 'open', profile: chat, rate: 10, burst: { times: 4, fromMs: 30_000, untilMs: 90_000 } },
      capacity: 64,
      kind: 'line',
    },
  ),
  scenario('triple-overload', 'three times what they can do, the same', {
    load: { kind: 'open', profile: chat, rate: 10, burst: { times: 9, fromMs: 30_000, untilMs: 90_000 } },
    capacity: 64,
    kind: 'line',
  }),
  scenario('greedy', '50 users at six tenths of the places, 12 on each cluster; after 70 s one with 500 requests', {
    load: { kind: 'closed', profile: chat, users: 50, thinkMs: 3_000, greedy: { requests: 500, fromMs: 70_000 } },
    durationMs: 150_000,
    capacity: 12,
    kind: 'line',
  }),
  scenario('leaving', '20 % of the readers leave, after 3 s on average', {
    load: { kind: 'open', profile: chat, rate: 20, leaving: 0.2 },
    kind: 'homogeneous',
  }),
  scenario('two-routers', 'two processes, each knowing only its own work', { routers: 2, kind: 'homogeneous' }),
  scenario('two-routers-sharing', 'two processes that tell each other every 40 ms', {
    routers: 2,
    shareEveryMs: 40,
    kind: 'homogeneous',
  }),
  scenario('four-routers', 'four processes, each knowing only its own work', { routers: 4, kind: 'homogeneous' }),
  scenario('four-routers-sharing', 'four processes that tell each other every 40 ms', {
    routers: 4,
    shareEveryMs: 40,
    kind: 'homogeneous',
  }),
  scenario('mooncake', 'Mooncake conversation trace, eight equal clusters', {
    speeds: [1, 1, 1, 1, 1, 1, 1, 1],
    load: { kind: 'trace', trace: 'mooncake', haste: 1.2 },
    durationMs: 180_000,
  }),
  scenario('azure-conversation', 'Azure conversation trace, four equal clusters', {
    load: { kind: 'trace', trace: 'azureConversation', haste: 3 },
    kind: 'homogeneous',
  }),
  scenario('azure-code', 'Azure code trace, four equal clusters', {
    load: { kind: 'trace', trace: 'azureCode', haste: 4 },
    kind: 'homogeneous',
  }),
  scenario('azure-heterogeneous', 'Azure conversation trace, six clusters, 3:2:1 in speed', {
    speeds: [1.5, 1.5, 1, 1, 0.5, 0.5],
    load: { kind: 'trace', trace: 'azureConversation', haste: 4 },
    kind: 'heterogeneous',
  }),
]
