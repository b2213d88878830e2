import { Agent } from 'undici'
import type { Clock, Log } from '#kit'
import { askForModels, type Endpoint } from './ask-for-models.ts'
import { createCapacityPart } from './capacity-part.ts'
import { createCluster } from './cluster.ts'
import type { Engine } from './engines.ts'
import type { GenerationRequest } from './generation-event.ts'
import { createKeptConnections } from './kept-connections.ts'

/** Looks at endpoints that are no clusters yet. */
export interface EndpointProbe {
  /** Reads its list of models, and nothing else. What takes longer than `limitMs` counts as unreachable. */
  models(endpoint: Endpoint, limitMs: number): Promise<Probed>
  /**
   * Sends one short prompt and hangs up at the first token; the milliseconds until then. Null where none came within
   * `limitMs`, for whatever reason.
   */
  firstTokenMs(endpoint: Endpoint, model: string, limitMs: number): Promise<number | null>
  /** Closes every socket. */
  close(): Promise<void>
}

/**
 * What an endpoint was found to be: one that chats, or nothing to use. `no_engine`: something answers, but not with a
 * list of models; `parley`: a Parley server.
 */
export type Probed =
  | { readonly type: 'models'; readonly models: readonly string[]; readonly engine: Engine | undefined }
  | { readonly type: 'unreachable' }
  | { readonly type: 'key_refused' }
  | { readonly type: 'parley' }
  | { readonly type: 'no_engine'; readonly status: number }

export interface EndpointProbeDeps {
  readonly clock: Clock
  readonly log: Log
}

export function createEndpointProbe({ clock, log }: EndpointProbeDeps): EndpointProbe {
  // Not kept: what was probed may never be asked again. An answer's first token closes its connection.
  const agent = new Agent({ connect: { timeout: connectMs }, pipelining: 0, connections: null })
  const connections = createKeptConnections({ connectMs })
  return {
    async models(endpoint, limitMs) {
      try {
        const listing = await askForModels(agent, endpoint, AbortSignal.timeout(limitMs))
        if (listing.parley) return { type: 'parley' }
        if (listing.status === 401 || listing.status === 403) return { type: 'key_refused' }
        if (listing.models === undefined) return { type: 'no_engine', status: listing.status }
        return { type: 'models', models: listing.models.map(({ id }) => id), engine: listing.engine }
      } catch {
        return { type: 'unreachable' }
      }
    },
    async firstTokenMs(endpoint, model, limitMs) {
      const cluster = createCluster(
        { ...endpoint, name: 'probe', region: undefined, models: [model], capacity: undefined, engine: undefined },
        { agent, connections, part: createCapacityPart(), clock, random: Math.random, log },
      )
      const enough = new AbortController()
      const late = setTimeout(() => enough.abort(), limitMs)
      const startedAt = clock.elapsed()
      let firstMs: number | null = null
      const onFirst = () => {
        firstMs = clock.elapsed() - startedAt
        enough.abort()
      }
      // Whatever it ends of, the abort most often, the time of the first token says all there is to say.
      const attempt = {
        model,
        request: hello,
        take: () => {},
        onFirst,
        silenceMs: () => limitMs,
        pace: undefined,
        signal: enough.signal,
      }
      await cluster.generate(attempt).catch(() => {})
      clearTimeout(late)
      return firstMs
    },
    async close() {
      connections.close()
      await agent.destroy()
    },
  }
}

const connectMs = 5_000

const hello: GenerationRequest = {
  messages: [{ role: 'user', content: 'Say hello.' }],
  maxTokens: 16,
  temperature: 0,
  continues: false,
  seamless: false,
}
