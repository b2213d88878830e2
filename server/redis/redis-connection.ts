/** An open connection to one Redis, or to all nodes of a Redis Cluster. Once broken it stays so. */
export interface RedisConnection {
  /** One command on one key, or on keys of one hash tag; the key says which node gets it. Rejects with Redis's refusal. */
  send(key: string, command: readonly string[]): Promise<unknown>
  /** Rejects unless every node answers. */
  ping(): Promise<void>
  /** The addresses of a cluster's masters, any of which is as good as the one that was connected to; else none. */
  readonly nodes: readonly string[]
  /** Ends every socket at once; what was sent and not answered rejects. */
  destroy(): void
}

export interface RedisConnectionOptions {
  /** One server, or any node of a cluster: which of the two is asked of it. */
  readonly url: string
  /** Told of every error of the connection's sockets, during connecting and after. */
  readonly onError: (error: unknown) => void
  /** Gives up connecting. */
  readonly signal: AbortSignal
}

/** Connects once. Rejects, with everything closed, when that fails or the signal aborts. */
export async function connectRedis({ url, onError, signal }: RedisConnectionOptions): Promise<RedisConnection> {
  // The client takes 30 MB and a quarter of a second, which those without a Redis need not spend.
  const { createClient, createCluster } = await import('redis')
  // A client that is destroyed while it connects would go on and stay connected; its sockets do not.
  const life = new AbortController()
  const common = { disableOfflineQueue: true, maintNotifications: 'disabled' } as const
  // Whoever connects again does so anew: one way back, for a server as for a cluster.
  const socket = { signal: life.signal, reconnectStrategy: false } as const

  const client = createClient({ ...common, url, socket }).on('error', onError)
  const destroyClient = () => {
    client.destroy()
    life.abort()
  }
  try {
    await orAbort(client.connect(), signal)
    const isCluster = /^cluster_enabled:1/m.test(String(await orAbort(client.sendCommand(['INFO', 'cluster']), signal)))
    if (!isCluster) {
      return {
        nodes: [],
        send: (_key, command) => client.sendCommand(command),
        async ping() {
          await client.ping()
        },
        destroy: destroyClient,
      }
    }
  } catch (error) {
    destroyClient()
    throw error
  }
  client.destroy()

  const { username, password, protocol } = new URL(url)
  const cluster = createCluster({
    rootNodes: [{ url }],
    // Only the first node is found at the address; the others get what it says of users and encryption from here.
    defaults: {
      ...common,
      ...(username !== '' && { username: decodeURIComponent(username) }),
      ...(password !== '' && { password: decodeURIComponent(password) }),
      socket: { ...socket, ...(protocol === 'rediss:' && { tls: true }) },
    },
  })
    .on('error', onError)
    .on('node-error', onError)
  const destroyCluster = () => {
    cluster.destroy()
    life.abort()
  }
  try {
    await orAbort(cluster.connect(), signal)
  } catch (error) {
    destroyCluster()
    throw error
  }
  return {
    nodes: cluster.masters.map(({ host, port }) => addressOf(url, host, port)),
    send: (key, command) => cluster.sendCommand(key, false, [...command]),
    async ping() {
      await Promise.all(cluster.masters.map(async node => (await cluster.nodeClient(node)).ping()))
    },
    destroy: destroyCluster,
  }
}

/** The same user, password and encryption at another place. */
function addressOf(url: string, host: string, port: number): string {
  const address = new URL(url)
  address.host = `${host.includes(':') ? `[${host}]` : host}:${port}`
  return address.href
}

/** The client goes on by itself after an abort; its end is then nobody's business. */
async function orAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
