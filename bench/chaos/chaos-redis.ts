import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../../server/embedded/free-port.ts'
import { findProgram } from '../find-program.ts'
import type { Started } from '../run-bench.ts'

/** A real Redis that can be taken away. */
export interface ChaosRedis {
  /** As a `REDIS_URL`; stays the same. */
  readonly url: string
  /** `kill -9`, with all it holds. */
  kill(): Promise<void>
  /** Resolves when it takes connections. */
  start(): Promise<void>
}

/** Undefined where this machine has no redis-server. */
export async function startChaosRedis(started: Started, folder: string): Promise<ChaosRedis | undefined> {
  const program = await findProgram('redis-server', [])
  if (program === undefined) return undefined
  const port = await freePort()
  let running: { readonly kill: () => void; readonly ended: Promise<unknown> } | undefined
  const kill = async () => {
    running?.kill()
    await running?.ended
    running = undefined
  }
  const redis: ChaosRedis = {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async start() {
      const place = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
      const child = spawn(program, place, { stdio: 'ignore', detached: true })
      running = { kill: () => child.kill('SIGKILL'), ended: once(child, 'exit') }
      await once(child, 'spawn')
      while (!(await answers(port))) await wait(20)
    },
  }
  started.defer(kill)
  await redis.start()
  return redis
}

function answers(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  return new Promise(resolve => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  }).then(found => {
    socket.destroy()
    return found === true
  })
}
