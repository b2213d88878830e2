/** Real Redis servers for tests: of their own, on free ports, with a user and a password, gone at the end of the scope. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createClient } from 'redis'
import type { Log } from '#kit'
import { freePort } from '../../server/embedded/free-port.ts'
import { type OpenRedis, redisAt } from '../../server/redis/redis-at.ts'
import { atEnd, type Scope, scratchFolder, until } from './server.ts'

/** Options of a test that needs Redis: without one it is skipped, except in CI, where it must not pass unseen. */
export const withRedis: { readonly skip: string | false } = {
  skip:
    process.env.CI !== 'true' && spawnSync('redis-server', ['--version']).status !== 0
      ? 'there is no redis-server on the PATH'
      : false,
}

/** Part of every address here; no log may show it. */
export const redisPassword = 'not@for:logs'

export interface TestRedis {
  /** As a `REDIS_URL`. */
  readonly url: string
  /** Does one command, past every face of the product: for planting and inspecting. */
  send(...command: string[]): Promise<unknown>
  /** From here on it takes connections and bytes, and answers nothing. */
  freeze(): void
  thaw(): void
  /** Ends it, with all it holds. */
  kill(): Promise<void>
  /** Starts it, at the same address. Resolves when it answers. */
  start(): Promise<void>
}

/** A link whose calls may take 5 s: a machine that is busy with others must not turn a test of what is kept into one of delays. */
export function patientLink(url: string, log: Log): OpenRedis {
  const open = redisAt(url, log)
  return use => open({ ...use, limitMs: 5_000 })
}

/** A server that runs. */
export async function startRedis(scope: Scope): Promise<TestRedis> {
  const redis = await prepareRedis(scope)
  await redis.start()
  return redis
}

/** A server with an address, not yet started. */
export async function prepareRedis(scope: Scope, settings: readonly string[] = []): Promise<TestRedis> {
  const folder = await scratchFolder(scope)
  const port = await freePort()
  const url = `redis://tester:${encodeURIComponent(redisPassword)}@127.0.0.1:${port}`
  let running: { kill(signal: NodeJS.Signals): boolean; readonly ended: Promise<unknown> } | undefined

  async function send(...command: string[]): Promise<unknown> {
    const client = createClient({ url, socket: { reconnectStrategy: false } }).on('error', () => {})
    try {
      await client.connect()
      return await client.sendCommand(command)
    } finally {
      client.destroy()
    }
  }

  async function kill(): Promise<void> {
    running?.kill('SIGKILL')
    await running?.ended
    running = undefined
  }

  atEnd(scope, kill)
  return {
    url,
    send,
    freeze: () => void running?.kill('SIGSTOP'),
    thaw: () => void running?.kill('SIGCONT'),
    kill,
    async start() {
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
      const users = ['--user', 'default', 'off', '--user', 'tester', 'on', `>${redisPassword}`, '~*', '&*', '+@all']
      const child = spawn('redis-server', [...place, ...users, '--save', '', ...settings], { stdio: 'ignore' })
      await once(child, 'spawn')
      running = { kill: signal => child.kill(signal), ended: once(child, 'exit') }
      await until('the Redis answers', async () => (await send('PING').catch(() => undefined)) === 'PONG')
    },
  }
}

/** A Redis Cluster of three nodes without replicas, which share the slots evenly. Resolves when it can be used. */
export async function startRedisCluster(scope: Scope): Promise<readonly TestRedis[]> {
  const nodes = await Promise.all(
    [0, 1, 2].map(async () => {
      const busPort = await freePort()
      const node = await prepareRedis(scope, ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)])
      await node.start()
      return { ...node, busPort }
    }),
  )
  const slots = [
    ['0', '5460'],
    ['5461', '10922'],
    ['10923', '16383'],
  ]
  for (const [index, node] of nodes.entries()) {
    await node.send('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))
    await node.send('CLUSTER', 'ADDSLOTSRANGE', ...(slots[index] ?? []))
  }
  const [first, ...others] = nodes
  for (const { url, busPort } of others)
    await first?.send('CLUSTER', 'MEET', '127.0.0.1', new URL(url).port, String(busPort))
  await until('the nodes are one cluster', async () => {
    const states = await Promise.all(nodes.map(async node => String(await node.send('CLUSTER', 'INFO'))))
    return states.every(state => state.includes('cluster_state:ok') && state.includes('cluster_known_nodes:3'))
  })
  return nodes
}
