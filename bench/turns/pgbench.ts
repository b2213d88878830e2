import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PostgresConnection } from '../../server/embedded/index.ts'
import { findProgram } from '../find-program.ts'
import { scratchFolder } from '../parley-server.ts'
import type { Started } from '../run-bench.ts'
import { firstCount, type PgbenchScript } from './pgbench-script.ts'

export interface RunningPgbench {
  readonly pid: number
  /** Resolves at its end with the runs of the script that it counted. Fails when it failed, with its last words. */
  readonly processed: Promise<number>
}

export interface PgbenchOptions {
  readonly program: string
  readonly connection: PostgresConnection
  readonly script: PgbenchScript
  readonly clients: number
  readonly seconds: number
}

export const findPgbench = (): Promise<string | undefined> => findProgram('pgbench', ['/usr/lib/postgresql/*/bin'])

/** Runs the script again and again on so many connections, with the protocol that the server speaks: unnamed, extended. */
export async function startPgbench(started: Started, options: PgbenchOptions): Promise<RunningPgbench> {
  const { program, connection, script } = options
  const file = join(await scratchFolder(started), 'turn.sql')
  await writeFile(file, script.text)
  const variables = [...script.variables, ['n', firstCount(Date.now())]].map(([name, text]) => `-D${name}=${text}`)
  const place = ['-h', connection.host, '-p', String(connection.port), '-U', connection.user]
  const load = ['-c', String(options.clients), '-j', '2', '-T', String(options.seconds)]
  if (started.disposed) throw new Error('the benchmark is ending')
  const child = spawn(
    program,
    ['-n', '-M', 'extended', '-f', file, ...load, ...variables, ...place, connection.database],
    {
      env: { PATH: process.env.PATH, PGPASSWORD: connection.password, PGAPPNAME: 'pgbench' },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  )
  let said = ''
  for (const output of [child.stdout, child.stderr]) {
    output.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const closed = once(child, 'close')
  started.defer(async () => {
    child.kill('SIGKILL')
    await closed
  })
  const processed = closed.then(([code]) => {
    const count = /^number of transactions actually processed: (\d+)/m.exec(said)?.[1]
    if (code !== 0 || count === undefined) throw new Error(`pgbench failed:\n${said.slice(0, 2_000)}`)
    return Number(count)
  })
  processed.catch(() => {}) // seen when it is awaited
  return { pid: child.pid ?? 0, processed }
}
