import type { ClusterState, Decision } from '#llm-router'
import type { ClusterDecision, ClusterInfo } from '#protocol'
import type { ClusterFollower, FixedCluster, LocalCluster } from './cluster-follower.ts'
import { sameEndpoint } from './endpoint-address.ts'

type Described = Pick<ClusterInfo, 'id' | 'source'> & LocalCluster & Partial<Pick<FixedCluster, 'region'>>

/** All clusters as administrators see them, also those that the router was not given because they gave way to another. */
export function describeClusters(
  running: readonly ClusterState[],
  { fixed, added, found, steering }: Pick<ClusterFollower, 'fixed' | 'added' | 'found' | 'steering'>,
): ClusterInfo[] {
  const states = new Map(running.map(state => [state.name, state]))
  const isAdopted = (engine: LocalCluster) => [...fixed, ...added].some(({ url }) => sameEndpoint(url, engine.url))
  const all: readonly Described[] = [
    ...fixed.map(cluster => ({ ...cluster, id: null })),
    ...added.map(({ id, name, url }) => ({ id, name, url, source: 'added' as const })),
    ...found.filter(engine => !isAdopted(engine)).map(engine => ({ ...engine, id: null, source: 'found' as const })),
  ]
  return all.map(({ id, name, url, source, region }) => {
    const state = states.get(name)
    const own = state?.url === url ? state : undefined // one of the same name may stand in its place
    const said = steering.find(one => one.name === name)
    return {
      ...{ id, name, url, source, region: region ?? null },
      ...{ state: said?.state ?? 'enabled', weight: said?.weight ?? 1 },
      ...{ engine: own?.engine ?? null, models: [...(own?.models ?? [])], ready: own?.ready ?? false },
      ...measured(own),
    }
  })
}

function measured(state: ClusterState | undefined): Pick<ClusterInfo, 'health' | 'load' | 'speed' | 'decisions'> {
  if (state === undefined) {
    return {
      health: { breaker: 'open', rests_for_ms: 0, reason: null },
      load: { capacity: null, own: nothing, others: nothing, waiting: 0 },
      speed: null,
      decisions: [],
    }
  }
  const { health, load, speed } = state
  return {
    health: { breaker: health.breaker, rests_for_ms: Math.round(health.restsForMs), reason: health.reason ?? null },
    load: {
      capacity: load.capacity ?? null,
      own: shareOf(load.own),
      others: shareOf(load.others),
      waiting: load.waiting,
    },
    speed:
      speed === undefined
        ? null
        : {
            first_token_ms: Math.round(speed.meanFirstTokenMs),
            samples: speed.samples,
            base_ms: speed.first?.intercept ?? null,
            per_pending_token_ms: speed.first?.slope ?? null,
            gap_ms: speed.gap?.intercept ?? null,
            gap_per_stream_ms: speed.gap?.slope ?? null,
          },
    decisions: state.decisions.map(toWire),
  }
}

const nothing: ClusterInfo['load']['own'] = { unanswered: 0, streaming: 0, pending_tokens: 0 }

const shareOf = ({ unanswered, streaming, pendingTokens }: ClusterState['load']['own']) => ({
  unanswered,
  streaming,
  pending_tokens: Math.round(pendingTokens),
})

const toWire = (decision: Decision): ClusterDecision => ({
  at: new Date(decision.at).toISOString(),
  model: decision.model,
  policy: decision.policy,
  candidates: decision.candidates,
  score: decision.score,
  first_token_ms: Math.round(decision.firstTokenMs),
  uncached_tokens: Math.round(decision.uncachedTokens),
  lateness: decision.lateness,
  attempt: decision.attempt,
})
