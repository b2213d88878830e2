import type { Message, TurnDetails } from '#protocol'

/**
 * Where an answer comes from, for administrators: `x-parley-cluster` (percent-encoded), `x-parley-tries`, and why that
 * cluster in `x-parley-reason`. A stream's head is sent before a cluster is chosen, so it has none: `GET /turns/{id}` tells.
 */
export function clusterHeaders(
  { served_by }: Pick<Message, 'served_by'>,
  { generations }: Pick<TurnDetails, 'generations'>,
): Record<string, string> {
  if (served_by === null) return {}
  const reasons = generations.at(-1)?.reasons ?? {}
  return {
    'x-parley-cluster': encodeURI(served_by.cluster.toWellFormed()),
    'x-parley-tries': String(generations.length),
    'x-parley-reason':
      generations.length === 0 ? 'cached' : told.map(name => `${name}=${shown(reasons[name])}`).join(' '),
  }
}

const told = ['policy', 'candidates', 'score', 'first_token_ms', 'uncached_tokens', 'lateness'] as const

const shown = (value: string | number | undefined) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)
