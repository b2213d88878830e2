import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { figure, median, printTable } from './figures.ts'
import { adminKey, type ParleyOptions, type ParleyServer, startParley, unlimited } from './parley-server.ts'
import type { Pace, StandIn } from './relay/stand-in-cluster.ts'
import { progress, runBench, type Started } from './run-bench.ts'
import { type BenchPostgres, bringUpPostgres } from './turns/bench-postgres.ts'
import { captureScript } from './turns/capture-script.ts'
import { conversationCount, seed } from './turns/data-set.ts'
import { countDone, measureStored, type Stored } from './turns/measure-stored.ts'
import { findPgbench, startPgbench } from './turns/pgbench.ts'
import type { PgbenchScript } from './turns/pgbench-script.ts'
import type { SendPlan, SendResult } from './turns/send-messages.ts'
import { startWorker, type WorkerProcess } from './worker-process.ts'

/**
 * How many turns a second this server stores when generating costs nothing, beside pgbench storing the same turns on
 * equal data in the same Postgres. What pgbench runs is what the server itself sent for a turn, as Postgres logged it, with
 * fresh ids: so it cannot fall behind the code. Starts everything itself; see docs/benchmarks.md.
 *
 *   npm run bench:turns -- [--seconds 15] [--rounds 3] [--clients 64]
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    clients: { type: 'string', default: '64' },
  },
})
const seconds = Number(values.seconds)

/** `databaseConnections` in server/wire.ts. */
const connections = 20
/** Of each side in each round, before its clock starts. */
const warmUpMs = 2_000
/** pgbench's database: a copy of the server's. */
const copyName = 'parley_pgbench'

interface Row extends Stored {
  readonly side: 'Parley' | 'pgbench'
}

await runBench(async started => {
  progress('bringing up Postgres, and equal data for both')
  const postgres = await bringUpPostgres(started)
  const options = await serverOptions(started, postgres)
  await makeData(started, postgres, options)
  const server = await startParley(started, options)
  const sender = startWorker(started, new URL('turns/send-messages.ts', import.meta.url))
  const database = await postgres.connect(postgres.connection.database)
  progress('warming up')
  await runParley({ postgres, server, sender, database }, 3)
  const script = await captureScript(postgres, server, database, Math.floor(conversationCount / connections))
  const program = await findPgbench()
  if (program === undefined) progress('There is no pgbench on this machine: nothing stands beside this server.')
  const copy = await postgres.connect(copyName)

  const rows: Row[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    progress(`round ${round} of ${values.rounds}, Parley`)
    await postgres.superuser.query('CHECKPOINT')
    rows.push({ side: 'Parley', ...(await runParley({ postgres, server, sender, database }, seconds)) })
    if (program === undefined) continue
    progress(`round ${round} of ${values.rounds}, pgbench`)
    await postgres.superuser.query('CHECKPOINT')
    rows.push({ side: 'pgbench', ...(await runPgbench(started, { postgres, program, copy, script })) })
  }
  report(rows, script)
})

/** A server on that Postgres, with a cluster whose answers are short and come at once. */
async function serverOptions(started: Started, { url }: BenchPostgres): Promise<ParleyOptions> {
  const cluster = startWorker(started, new URL('relay/stand-in-cluster.ts', import.meta.url))
  const standIn = await cluster.ask<StandIn>({ firstTokenMs: 0, tokens: 3, rate: 0 } satisfies Pace)
  return {
    yaml: `clusters:\n  - { name: stand-in, url: ${standIn.url}/v1 }\n${unlimited}`,
    env: { DATABASE_URL: url, PARLEY_SECRET: 'secret-of-a-benchmark-that-seals-nothing' },
  }
}

/** A server makes the tables, the administrator and the partitions; then they are filled, and copied for pgbench. */
async function makeData(started: Started, postgres: BenchPostgres, options: ParleyOptions): Promise<void> {
  const { stop } = await startParley(started, options)
  await stop()
  const { database, user } = postgres.connection
  const filler = await postgres.connect(database)
  await seed(filler)
  await filler.end()
  await postgres.superuser.query(`CREATE DATABASE ${copyName} TEMPLATE ${database} OWNER ${user}`)
}

interface ParleySide {
  readonly postgres: BenchPostgres
  readonly server: ParleyServer
  readonly sender: WorkerProcess
  /** Connected to what the server writes. */
  readonly database: pg.Client
}

async function runParley({ postgres, server, sender, database }: ParleySide, forSeconds: number): Promise<Stored> {
  const clients = Number(values.clients)
  await sender.ask<SendResult>({ do: 'begin', url: server.url, key: adminKey, clients } satisfies SendPlan)
  await wait(warmUpMs)
  const stored = await measureStored({ database, sender: server.pid, postgres: postgres.pid }, forSeconds)
  const { errors } = await sender.ask<SendResult>({ do: 'stop' } satisfies SendPlan)
  for (const [problem, count] of Object.entries(errors)) throw new Error(`${count} messages failed: ${problem}`)
  return stored
}

interface PgbenchSide {
  readonly postgres: BenchPostgres
  readonly program: string
  /** Connected to what pgbench writes. */
  readonly copy: pg.Client
  readonly script: PgbenchScript
}

async function runPgbench(started: Started, { postgres, program, copy, script }: PgbenchSide): Promise<Stored> {
  const before = await countDone(copy)
  const { connection } = postgres
  const bench = await startPgbench(started, {
    program,
    connection: { ...connection, database: copyName },
    script,
    clients: connections,
    seconds: seconds + (warmUpMs * 2) / 1_000,
  })
  await Promise.race([wait(warmUpMs), bench.processed])
  const stored = await measureStored({ database: copy, sender: bench.pid, postgres: postgres.pid }, seconds)
  const processed = await bench.processed
  const { turns } = await countDone(copy)
  if (turns - before.turns !== processed) {
    throw new Error(`pgbench ran ${processed} turns, but stored ${turns - before.turns}: the script is not a turn`)
  }
  return stored
}

function report(rows: readonly Row[], script: PgbenchScript): void {
  const head = [
    'stored by',
    'turns/s',
    'transactions/turn',
    'its CPU %',
    'Postgres CPU %',
    'Postgres CPU ms/turn',
    'x pgbench',
  ]
  const sides = [...new Set(rows.map(({ side }) => side))]
  const speedOf = (wanted: Row['side']) =>
    median(rows.filter(({ side }) => side === wanted).map(({ turnsPerSecond }) => turnsPerSecond))
  const toCells = (name: string, own: readonly Row[], ratio: string) => [
    name,
    figure(median(own.map(({ turnsPerSecond }) => turnsPerSecond))),
    figure(median(own.map(({ transactionsPerTurn }) => transactionsPerTurn)), 2),
    figure(median(own.map(({ senderBusy }) => senderBusy * 100))),
    figure(median(own.map(({ postgresBusy }) => postgresBusy * 100))),
    figure(median(own.map(({ postgresMsPerTurn }) => postgresMsPerTurn)), 2),
    ratio,
  ]
  printTable(head, 1, [
    ...rows.map(row => toCells(row.side, [row], '')),
    ...sides.map(side => {
      const own = rows.filter(row => row.side === side)
      return toCells(`${side}, median`, own, figure(speedOf(side) / speedOf('pgbench'), 2))
    }),
  ])
  process.stdout.write(
    `\npgbench's turn: ${script.statements} statements, as the server sent them, on ${connections} connections.\n`,
  )
}
