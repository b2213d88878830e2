import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client'
import { z } from 'zod'
import type { Hub } from '#hub'
import { Away } from '#kit'
import type { Metrics } from './metrics.ts'

/** What a scrape asks the hub for. */
export const metricsSubject = 'metrics'

/** A scrape may wait for the slowest worker; Prometheus itself gives up after 10 s. */
const limitMs = 2_000

const Exposed = z.object({ contentType: z.string(), body: z.string() })

/** Exposes what all workers count, summed by the hub; while that is away, what this one does. */
export const exposeTogether =
  (hub: Hub, own: Metrics): Metrics['expose'] =>
  async () => {
    try {
      return Exposed.parse(await hub.ask(metricsSubject, undefined, { limitMs }))
    } catch (error) {
      if (error instanceof Away) return own.expose()
      throw error
    }
  }

/** The hub's side: one exposition of what each worker's `Metrics.collect` gave. */
export async function sumMetrics(collected: readonly unknown[]): Promise<z.infer<typeof Exposed>> {
  const all = collected.map(each => Collected.parse(each))
  const body = await AggregatorRegistry.aggregate(all).metrics()
  return { contentType: Registry.PROMETHEUS_CONTENT_TYPE, body }
}

/** As the library made it in another process of this release. */
const Collected = z.custom<MetricObjectWithValues<MetricValue<string>>[]>(Array.isArray)
