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
  // None are known of an answer from a release that kept none.
  const known = told.filter(name => reasons[name] !== undefined).map(name => `${name}=${shown(reasons[name])}`)
  const reason = generations.length === 0 ? 'cached' : known.join(' ')
  return {
    'x-parley-cluster': encodeURI(served_by.cluster.toWellFormed()),
    'x-parley-tries': String(generations.length),
    ...(reason !== '' && { 'x-parley-reason': reason }),
  }
}

const told = ['policy', 'candidates', 'score', 'first_token_ms', 'uncached_tokens', 'lateness'] as const

const shown = (value: string | number | undefined) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value)
