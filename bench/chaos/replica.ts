import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { adminKey } from '../parley-server.ts'
import type { Started } from '../run-bench.ts'
import type { ChaosPostgres } from './chaos-postgres.ts'

/** One server, under a supervisor that starts it again a moment after its end. */
export interface Replica {
  readonly name: string
  readonly port: number
  readonly url: string
  /** It runs, and is not held up. */
  readonly up: boolean
  /** The turns that it runs now. */
  ownedTurns(): Promise<readonly string[]>
  /** `kill -9`. */
  kill(): void
  /** SIGTERM: it drains. Resolves with the milliseconds that its end took. */
  drain(): Promise<number>
  /** SIGSTOP; `resume` is SIGCONT. */
  stall(): void
  resume(): void
  /** Resolves when the running process, or the next one, says that it is ready. */
  ready(): Promise<void>
  /** From the next start on it is this checkout's server. */
  useCheckout(folder: string): void
}

export interface ReplicaOptions {
  readonly name: string
  readonly port: number
  /** The checkout whose server it is. */
  readonly checkout: string
  /** Its own: configuration, data and log. */
  readonly folder: string
  readonly yaml: string
  readonly env: Readonly<Record<string, string>>
  readonly postgres: ChaosPostgres
}

/** Between an end and the next start. */
const restartAfterMs = 2_000

/** Starts it; it is ended with the benchmark. */
export async function startReplica(started: Started, options: ReplicaOptions): Promise<Replica> {
  const { name, port, folder, yaml, env, postgres } = options
  const data = join(folder, 'data')
  await mkdir(data, { recursive: true })
  await writeFile(join(folder, 'parley.yaml'), yaml)
  let checkout = options.checkout
  let child: ChildProcess | undefined
  let exited: Promise<unknown> = Promise.resolve()
  let stalled = false
  let over = false
  let ready = Promise.withResolvers<void>()

  async function launch(): Promise<void> {
    const log = await open(join(folder, 'server.log'), 'a')
    child = spawn(process.execPath, [join(checkout, 'server/main.ts')], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: String(port),
        PARLEY_DATA: data,
        PARLEY_ADMIN_KEY: adminKey,
        DATABASE_URL: postgres.urlFor(name),
        ...env,
      },
      stdio: ['ignore', 'pipe', log.fd],
      detached: true, // a Ctrl-C is for us, and we end it
    })
    await log.close()
    exited = once(child, 'exit').then(ended)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (text.includes('Parley is ready')) ready.resolve()
    })
  }

  async function ended(): Promise<void> {
    child = undefined
    stalled = false
    if (over) return
    ready = Promise.withResolvers()
    await wait(restartAfterMs)
    if (!over) await launch()
  }

  started.defer(async () => {
    over = true
    child?.kill('SIGKILL')
    await exited
  })
  await launch()
  return {
    name,
    port,
    url: `http://127.0.0.1:${port}`,
    get up() {
      return child !== undefined && !stalled
    },
    ownedTurns: () => postgres.turnsOf(name),
    kill: () => void child?.kill('SIGKILL'),
    async drain() {
      const at = Date.now()
      const ending = child
      if (ending === undefined) return 0
      const gone = once(ending, 'exit')
      ending.kill('SIGTERM')
      await gone
      return Date.now() - at
    },
    stall() {
      stalled = child?.kill('SIGSTOP') ?? false
    },
    resume() {
      child?.kill('SIGCONT')
      stalled = false
    },
    ready: () => ready.promise,
    useCheckout(folderOfCheckout) {
      checkout = folderOfCheckout
    },
  }
}
