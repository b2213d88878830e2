import { type AuthConfig, auth } from './auth.ts'
import { type CacheConfig, cache, type LimitsConfig, limits, type RetentionConfig, retention } from './bounds.ts'
import { type ClusterConfig, clusters } from './clusters.ts'
import { choice, hostPattern, key, network, text, webAddress, webOrigin } from './kinds.ts'
import { type ModelConfig, models } from './models.ts'
import { type SafetyConfig, safety } from './safety.ts'
import { listOf, rule, section, uniqueNames } from './section.ts'

export interface RouterConfig {
  readonly policy: 'predicted_cost' | 'latency_load' | 'least_load' | 'round_robin'
}

export interface ServerConfig {
  /** IP addresses, networks (`10.0.0.0/8`) and the names `loopback`, `linklocal`, `uniquelocal`. */
  readonly trustedProxies: readonly string[]
  /** As browsers send them: no path, no default port. */
  readonly corsOrigins: readonly string[]
  /** Host names; `*.` at the front stands for every subdomain. */
  readonly mediaHosts: readonly string[]
}

/** A plugin that is reached by address, or one that is started here. */
export interface PluginConfig {
  readonly name: string
  /** Undefined where `command` is set. */
  readonly url: string | undefined
  readonly apiKey: string | undefined
  /** A program and its arguments; undefined where `url` is set. */
  readonly command: readonly string[] | undefined
}

/** What `parley.yaml` says. */
export interface FileConfig {
  readonly clusters: readonly ClusterConfig[]
  /** In the file's order. */
  readonly models: ReadonlyMap<string, ModelConfig>
  /** Undefined: the first of `models`, else of the clusters. */
  readonly defaultModel: string | undefined
  readonly discover: 'ask' | 'use' | 'off'
  readonly router: RouterConfig
  readonly limits: LimitsConfig
  readonly cache: CacheConfig
  readonly safety: SafetyConfig
  readonly auth: AuthConfig
  readonly server: ServerConfig
  readonly retention: RetentionConfig
  readonly plugins: readonly PluginConfig[]
}

const router = section({
  policy: choice('predicted_cost', 'latency_load', 'least_load', 'round_robin')
    .prefault('predicted_cost')
    .describe('How the cluster for an answer is chosen.'),
})
  .transform((written): RouterConfig => written)
  .prefault({})
  .describe('How answers are spread over the clusters.')

const server = section({
  trusted_proxies: listOf(network())
    .prefault([])
    .describe('Whose forwarding headers are believed: addresses, networks, or `loopback`, `linklocal`, `uniquelocal`.'),
  cors_origins: listOf(webOrigin())
    .prefault([])
    .describe('Other sites whose pages may call this API with a session, such as `https://app.example.com`.'),
  media_hosts: listOf(hostPattern())
    .prefault([])
    .describe(
      'Hosts from which answers may show pictures; `*.example.com` is every subdomain. Takes effect with a later release.',
    ),
})
  .transform(
    (written): ServerConfig => ({
      trustedProxies: written.trusted_proxies,
      corsOrigins: written.cors_origins.map(({ origin }) => origin),
      mediaHosts: written.media_hosts,
    }),
  )
  .prefault({})
  .describe('What is in front of Parley, and who else may speak with it.')

const oneWay = rule<{ readonly url?: unknown; readonly command?: unknown }>(function* ({ url, command }) {
  if (url === undefined && command === undefined) yield { path: [], message: 'must have "url" or "command"' }
  if (url !== undefined && command !== undefined) yield { path: ['command'], message: 'cannot stand beside "url"' }
})

const plugin = section({
  name: text().describe('Its name, once only.'),
  url: webAddress().optional().describe('Where it is reached (MCP over HTTP).'),
  api_key: key(1).optional().describe('Sent to it as a Bearer token.'),
  command: listOf(text())
    .min(1, 'must name a program')
    .optional()
    .describe('The program that is started here, and its arguments (MCP over its input and output).'),
})
  .check(oneWay)
  .transform(
    (written): PluginConfig => ({
      name: written.name,
      url: written.url,
      apiKey: written.api_key,
      command: written.command,
    }),
  )

/** Every setting of `parley.yaml`: its kind, its default, and a sentence about it. */
export const fileSettings = section({
  clusters,
  models,
  default_model: text()
    .optional()
    .describe(
      'The model of conversations that pick none. Left out: the first of `models`, else of the clusters, that is not draining.',
    ),
  discover: choice('ask', 'use', 'off')
    .prefault('ask')
    .describe(
      'Engines on the usual ports of this machine: offered to an administrator, used at once, or not looked for. Only their lists of models are read.',
    ),
  router,
  limits,
  cache,
  safety,
  auth,
  server,
  retention,
  plugins: listOf(plugin)
    .check(uniqueNames)
    .prefault([])
    .describe('Tools that models may call (MCP servers). Takes effect with a later release.'),
}).transform(({ default_model, ...sections }): FileConfig => ({ ...sections, defaultModel: default_model }))
