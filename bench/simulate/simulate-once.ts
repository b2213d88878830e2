import { exponential, type Random, seededRandom, seedOf } from '../seeded-random.ts'
import { createEngine, referenceEngine, scaled } from './engine.ts'
import type { Outcome } from './outcome.ts'
import type { PolicyUnderTest } from './policy-under-test.ts'
import { type Load, type Scenario, warmUpMs } from './scenarios.ts'
import { createSimulatedRouter, type SimulatedRouter } from './simulated-router.ts'
import { createSite, type Site } from './site.ts'
import { createTimeline, type Timeline } from './timeline.ts'
import { mooncakeBlockTokens, replay } from './traces.ts'
import { createSession, openLoop, type Profile, tokensPerBlock } from './workload.ts'

/** After the last arrival there is so much time for answers to end. */
const afterwardsMs = 300_000

/**
 * Plays a scenario and tells how each request ended, in the order in which they ended. The same seed gives the same
 * result; arrivals, lengths and faults do not depend on the policy, engines' noise only by what they are given.
 */
export function simulateOnce(
  scenario: Scenario,
  createPolicy: () => PolicyUnderTest,
  seed: number,
  tracesFolder: string,
): Outcome[] {
  const randomFor = (what: string) => seededRandom(seedOf(`${scenario.name} ${seed} ${what}`))
  const timeline = createTimeline()
  const sites = buildSites(scenario, timeline, randomFor)
  const routers = Array.from({ length: scenario.routers }, (_, number) =>
    createSimulatedRouter({
      sites,
      policy: createPolicy(),
      timeline,
      random: randomFor(`router ${number}`),
      capacity: scenario.capacity,
    }),
  )
  for (const { atMs, cluster, change } of scenario.faults) timeline.at(atMs, () => sites[cluster]?.apply(change))
  if (scenario.shareEveryMs !== undefined) shareLoads(routers, scenario.shareEveryMs, timeline)
  const outcomes: Outcome[] = []
  startLoad(scenario, { routers, timeline, outcomes, tracesFolder, random: randomFor('load') })
  timeline.run(scenario.durationMs + afterwardsMs)
  for (const router of routers) router.close()
  return outcomes
}

/** Those that count: asked after the warm-up. */
export const judged = (outcomes: readonly Outcome[]): Outcome[] => outcomes.filter(({ askedAt }) => askedAt >= warmUpMs)

function buildSites(
  { speeds, load, noise, absent }: Scenario,
  timeline: Timeline,
  randomFor: (what: string) => Random,
) {
  const blockTokens = load.kind === 'trace' ? mooncakeBlockTokens : tokensPerBlock
  return speeds.map((speed, number): Site => {
    const random = randomFor(`engine ${number}`)
    const engine = createEngine({ ...scaled(referenceEngine, speed), noise }, timeline, random, blockTokens)
    return createSite(`cluster-${number}`, speed, engine, !absent.includes(number), random)
  })
}

interface World {
  readonly routers: readonly SimulatedRouter[]
  readonly timeline: Timeline
  readonly outcomes: Outcome[]
  readonly tracesFolder: string
  readonly random: Random
}

function startLoad(scenario: Scenario, world: World): void {
  const { load, durationMs } = scenario
  if (load.kind === 'closed') {
    startClosedLoop(load, durationMs, world)
    return
  }
  const { routers, timeline, outcomes, random } = world
  for (const { atMs, prompt } of arrivals(load, durationMs, world)) {
    const router = routers[Math.floor(random() * routers.length)]
    timeline.at(atMs, () => router?.send(prompt, outcome => outcomes.push(outcome)))
  }
}

function arrivals(load: Exclude<Load, { kind: 'closed' }>, durationMs: number, { tracesFolder, random }: World) {
  if (load.kind === 'trace') return replay(tracesFolder, { ...load, durationMs }, random)
  const { profile, rate, burst, leaving = 0 } = load
  const { times = 1, fromMs = 0, untilMs = 0 } = burst ?? {}
  const rateAt = (atMs: number) => (atMs >= fromMs && atMs < untilMs ? rate * times : rate)
  return openLoop({ profile, durationMs, rate: rateAt, highestRate: rate * times, leaving }, random)
}

function startClosedLoop(
  { profile, users, thinkMs, greedy }: Extract<Load, { kind: 'closed' }>,
  durationMs: number,
  world: World,
): void {
  const { random } = world
  const ask = (user: number, number: number, pace: Pace) =>
    keepAsking(
      { user, number, profile, untilMs: durationMs, ...pace },
      world,
      seededRandom(Math.floor(random() * 2 ** 32)),
    )
  for (let user = 0; user < users; user++)
    ask(user, user, {
      startAt: own => own() * 2 * thinkMs,
      pauseMs: (_, own) => exponential(thinkMs, own),
    })
  for (let request = 0; request < (greedy?.requests ?? 0); request++)
    ask(users, users + request, {
      startAt: () => greedy?.fromMs ?? 0,
      pauseMs: ({ retryAfterMs = 0 }) => retryAfterMs,
    })
}

interface Pace {
  readonly startAt: (own: Random) => number
  readonly pauseMs: (last: Outcome, own: Random) => number
}

interface Asking extends Pace {
  readonly user: number
  /** Of those who ask one message after the other: a user may do so many times over. */
  readonly number: number
  readonly profile: Profile
  readonly untilMs: number
}

/** More than ask at once: the sessions of each get numbers of their own. */
const mostAsking = 1_000

/** One session after another, each message when the answer before it is there. `own`: what it asks does not depend on when others are answered. */
function keepAsking(
  { user, number, profile, untilMs, startAt, pauseMs }: Asking,
  { routers, timeline, outcomes }: World,
  own: Random,
): void {
  const router = routers[number % routers.length]
  let sessions = 0
  let session = createSession(profile, number, user, own)
  const ask = () => {
    if (timeline.now >= untilMs) return
    let prompt = session.next()
    if (prompt === undefined) {
      session = createSession(profile, ++sessions * mostAsking + number, user, own)
      prompt = session.next()
    }
    if (prompt === undefined) return
    router?.send(prompt, outcome => {
      outcomes.push(outcome)
      timeline.after(pauseMs(outcome, own), ask)
    })
  }
  timeline.at(startAt(own), ask)
}

/** Every router tells the others what it has under way on each cluster. */
function shareLoads(routers: readonly SimulatedRouter[], everyMs: number, timeline: Timeline): void {
  timeline.after(everyMs, () => {
    for (const router of routers) {
      for (const { name, load } of router.members.values()) {
        const others = { unanswered: 0, pendingTokens: 0, streaming: 0 }
        for (const other of routers) {
          const own = other === router ? undefined : other.members.get(name)?.load.own
          others.unanswered += own?.unanswered ?? 0
          others.pendingTokens += own?.pendingTokens ?? 0
          others.streaming += own?.streaming ?? 0
        }
        load.heard(others, timeline.now)
      }
    }
    shareLoads(routers, everyMs, timeline)
  })
}
