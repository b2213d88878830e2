import type { ClusterState } from '#llm-router'
import type { ClusterInfo } from '#protocol'
import type { ClusterFollower, FixedCluster, LocalCluster } from './cluster-follower.ts'
import { sameEndpoint } from './endpoint-address.ts'

/** All clusters as administrators see them, also those that the router was not given because they gave way to another. */
export function describeClusters(
  running: readonly ClusterState[],
  fixed: readonly FixedCluster[],
  { added, found }: Pick<ClusterFollower, 'added' | 'found'>,
): ClusterInfo[] {
  const states = new Map(running.map(state => [state.name, state]))
  const describe = (id: string | null, source: ClusterInfo['source'], { name, url }: LocalCluster): ClusterInfo => {
    const state = states.get(name)
    const own = state?.url === url ? state : undefined // one of the same name may stand in its place
    return {
      id,
      name,
      url,
      source,
      engine: own?.engine ?? null,
      models: [...(own?.models ?? [])],
      ready: own?.ready ?? false,
    }
  }
  const isAdopted = (engine: LocalCluster) => [...fixed, ...added].some(({ url }) => sameEndpoint(url, engine.url))
  return [
    ...fixed.map(cluster => describe(null, cluster.source, cluster)),
    ...added.map(cluster => describe(cluster.id, 'added', cluster)),
    ...found.filter(engine => !isAdopted(engine)).map(engine => describe(null, 'found', engine)),
  ]
}
