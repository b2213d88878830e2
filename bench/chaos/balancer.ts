import { once } from 'node:events'
import { get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import type { Started } from '../run-bench.ts'

/**
 * A load balancer as people put in front of replicas: every new connection goes to a random one that says it is ready,
 * nothing sticks. One that does not answer its checks gets no more, and the connections it has are cut.
 */
export interface Balancer {
  readonly url: string
  /** Connections it holds now. */
  readonly connections: number
  /** Cuts all connections of one replica; returns how many. */
  cut(port: number): number
}

interface Backend {
  readonly port: number
  /** It answers at all. */
  alive: boolean
  /** It wants new connections. */
  ready: boolean
  missedChecks: number
  readonly pairs: Set<readonly [Socket, Socket]>
}

const checkEveryMs = 1_000
const checkPatienceMs = 2_000
/** Checks in a row without an answer, after which a replica counts as dead. */
const mostMissedChecks = 2

/** `ports` are those of the replicas, on this machine. */
export async function startBalancer(started: Started, ports: readonly number[]): Promise<Balancer> {
  const backends = ports.map(
    (port): Backend => ({ port, alive: false, ready: false, missedChecks: 0, pairs: new Set() }),
  )
  const server = createServer({ noDelay: true, pauseOnConnect: true }, client => void accept(client, backends))
  server.listen(0, '127.0.0.1', 4_096)
  await once(server, 'listening')
  const checks = backends.map(backend => setInterval(() => void check(backend), checkEveryMs))
  started.defer(() => {
    for (const timer of checks) clearInterval(timer)
    for (const backend of backends) cutAll(backend)
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return backends.reduce((sum, { pairs }) => sum + pairs.size, 0)
    },
    cut(port) {
      const backend = backends.find(known => known.port === port)
      return backend === undefined ? 0 : cutAll(backend)
    },
  }
}

/** Where nobody is ready, anybody alive must do; where one refuses, the next is tried; at last the client is refused. */
async function accept(client: Socket, backends: readonly Backend[]): Promise<void> {
  client.on('error', () => {}) // a close follows
  const [ready, alive] = [backends.filter(each => each.ready), backends.filter(each => each.alive)]
  const chosen = ready.length > 0 ? ready : alive
  const first = Math.floor(Math.random() * chosen.length)
  for (let tried = 0; tried < chosen.length && !client.destroyed; tried++) {
    const backend = chosen[(first + tried) % chosen.length]
    if (backend === undefined) break
    const upstream = await reach(backend.port)
    if (upstream === undefined) continue
    join(client, upstream, backend)
    return
  }
  client.resetAndDestroy()
}

async function reach(port: number): Promise<Socket | undefined> {
  const upstream = connect({ port, host: '127.0.0.1', noDelay: true })
  const connected = await once(upstream, 'connect').then(
    () => true,
    () => false,
  )
  upstream.on('error', () => {}) // a close follows
  return connected ? upstream : undefined
}

function join(client: Socket, upstream: Socket, backend: Backend): void {
  if (client.destroyed) {
    upstream.destroy()
    return
  }
  const pair = [client, upstream] as const
  backend.pairs.add(pair)
  client.pipe(upstream)
  upstream.pipe(client)
  client.on('close', () => {
    backend.pairs.delete(pair)
    upstream.destroy()
  })
  upstream.on('close', hadError => {
    backend.pairs.delete(pair)
    // What was already taken from the replica is still delivered, unless the connection broke.
    if (hadError) client.resetAndDestroy()
    else client.end()
  })
}

async function check(backend: Backend): Promise<void> {
  const status = await ask(backend.port)
  backend.missedChecks = status === undefined ? backend.missedChecks + 1 : 0
  backend.ready = status === 200
  const wasAlive = backend.alive
  backend.alive = status !== undefined || backend.missedChecks < mostMissedChecks
  if (wasAlive && !backend.alive) cutAll(backend)
}

function ask(port: number): Promise<number | undefined> {
  return new Promise(resolve => {
    const asking = get(
      { port, host: '127.0.0.1', path: '/readyz', agent: false, timeout: checkPatienceMs },
      response => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    asking.on('timeout', () => asking.destroy())
    asking.on('error', () => resolve(undefined))
  })
}

function cutAll({ pairs }: Backend): number {
  const count = pairs.size
  for (const [client, upstream] of pairs) {
    client.resetAndDestroy()
    upstream.resetAndDestroy()
  }
  pairs.clear()
  return count
}
