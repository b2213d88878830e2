import { type Dispatcher, request } from 'undici'
import { type Endpoint, readBounded } from './ask-for-models.ts'
import type { EngineReport } from './decide/cluster-load.ts'
import type { LoadGauges } from './engines.ts'

/**
 * Asks an engine for its `/metrics`, which stand beside its `/v1`. Undefined where it answers without both gauges: most
 * engines tell them only when they were started to. Fails with what the connection failed of, or the signal's reason.
 */
export async function askForLoad(
  dispatcher: Dispatcher,
  { url, apiKey }: Endpoint,
  gauges: LoadGauges,
  signal: AbortSignal,
): Promise<EngineReport | undefined> {
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  const { statusCode, body } = await request(new URL('metrics', url), { dispatcher, headers, signal })
  const text = await readBounded(body)
  return statusCode === 200 && text !== undefined ? readLoad(text, gauges) : undefined
}

/** Reads the text format of Prometheus. Undefined where one of the gauges is missing or no count. */
export function readLoad(text: string, gauges: LoadGauges): EngineReport | undefined {
  const running = readGauge(text, gauges.running)
  const waiting = readGauge(text, gauges.waiting)
  return running === undefined || waiting === undefined ? undefined : { running, waiting }
}

/**
 * The sum of its series: an engine with several replicas or models tells one each. But the ranks that share the work on
 * one request all tell the same, so only their first counts.
 */
function readGauge(text: string, name: string): number | undefined {
  let sum: number | undefined
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue
    const [, labels = '', value] = /^(\{.*\})?[ \t]+(\S+)/.exec(line.slice(name.length)) ?? []
    if (value === undefined || /[{,]tp_rank="(?!0")/.test(labels)) continue
    const count = Number(value)
    if (!Number.isFinite(count) || count < 0) return undefined
    sum = (sum ?? 0) + count
  }
  return sum
}
