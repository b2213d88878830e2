import cluster from 'node:cluster'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { pino } from 'pino'
import type { Log } from '#kit'
import { createLog } from '#telemetry'
import { argumentsAsEnvironment } from './config/arguments.ts'
import { createLiveConfig } from './config/live-config.ts'
import { readNow } from './config/reading.ts'
import type { ConfigWatch } from './config/watch-config.ts'
import { settingsWithoutEffect } from './config/without-effect.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { explainFailure } from './explain-failure.ts'
import { followConfig } from './process/follow-config.ts'
import type { Served, Start } from './process/served.ts'

/** Between SIGTERM and the end of new work: long enough for a load balancer to see /readyz fail. */
const graceMs = 5_000
/** How long running answers may go on after that; a second signal cuts it short. */
const drainMs = 30_000
/** npm hands on to us a Ctrl-C that the terminal has sent us already: signals so near to the first are the first. */
const sameSignalMs = 500

const release = releaseOf(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

process.exitCode = await (cluster.isWorker ? work() : main())
process.exit()

/**
 * The life of the process: configuration, start, signals, drain. People read standard output; logs go beside it, to
 * standard error. Returns the exit code: 0 after an ordered end, 1 when it could not start or go on.
 */
async function main(): Promise<number> {
  const { files, outcome: config } = readNow(configFrom)
  if (config instanceof ConfigError) return sayWhy(config)
  const configuration = createLiveConfig(config, files, Date.now)
  const log = startLog(config)
  const idle = settingsWithoutEffect(config)
  if (idle.length > 0) log.warn({ settings: idle }, 'these settings take effect with a later release')
  const workers = config.workers === 'auto' ? availableParallelism() : config.workers

  const signals = watchSignals()
  let watch: ConfigWatch | undefined
  // The end of a terminal is no wish to read anything. While it starts there is nothing to read anew, but it must not end.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => watch?.readNow())
  let server: Served
  try {
    say(`Parley ${release} is starting ...`)
    const start = { configuration, release, log, signal: signals.abort }
    server = await (workers === 1 ? serveHere(start) : serveByWorkers(start, workers))
  } catch (error) {
    return signals.abort.aborted ? 0 : sayWhy(error)
  }
  try {
    await welcome(server)
  } catch (error) {
    await server.stop(0)
    return sayWhy(error)
  }

  watch = followConfig(configuration, configFrom, log)
  const end = await Promise.race([signals.first, server.failed])
  if (end instanceof Error) return sayWhy(end)
  say('Ending: running answers may finish. Once more to stop at once.')
  server.announceEnd()
  watch.stop()
  // Nobody balances load in front of a terminal.
  if (end === 'SIGTERM') await Promise.race([wait(graceMs), signals.second])
  void signals.second.then(() => server.stop(0))
  await server.stop(drainMs)
  return 0
}

/** The life of a process that serves beside others like it: see `runWorker`. */
async function work(): Promise<number> {
  const { runWorker } = await import('./process/worker.ts')
  return runWorker({ release, read: configFrom, logOf: startLog })
}

// Each loads what it needs when it is needed: whoever leaves the serving to workers has no use for a web server.

async function serveHere(start: Start): Promise<Served> {
  const { serveAlone } = await import('./process/serve-alone.ts')
  return serveAlone(start)
}

async function serveByWorkers(start: Start, workers: number): Promise<Served> {
  const { serveWithWorkers } = await import('./process/serve-with-workers.ts')
  return serveWithWorkers(start, workers)
}

function configFrom(readFile: (path: string) => string): Config {
  const env = { ...process.env, ...argumentsAsEnvironment(process.argv.slice(2)) }
  return loadConfig({ env, cwd: process.cwd(), readFile })
}

/** With it a bug that nobody caught is logged before it ends the process. */
function startLog(config: Config, worker?: number): Log {
  const log = createLog(config.logLevel, pino.destination({ fd: 2, sync: true }), worker)
  process.on('uncaughtException', error => {
    log.error({ error }, 'a bug ended the server')
    process.exit(1)
  })
  return log
}

interface Signals {
  readonly first: Promise<NodeJS.Signals>
  readonly second: Promise<NodeJS.Signals>
  /** Aborted by the first: ends a start that is under way. */
  readonly abort: AbortSignal
}

function watchSignals(): Signals {
  const [first, second] = [Promise.withResolvers<NodeJS.Signals>(), Promise.withResolvers<NodeJS.Signals>()]
  const controller = new AbortController()
  let firstAt: number | undefined
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      firstAt ??= performance.now()
      if (performance.now() - firstAt > sameSignalMs) second.resolve(name)
      first.resolve(name)
      controller.abort()
    })
  }
  return { first: first.promise, second: second.promise, abort: controller.signal }
}

async function welcome({ url, models, newSetUpLink }: Served): Promise<void> {
  say(`\nParley is ready at ${url}`)
  say(`  API under ${url}/api/v1, described at ${url}/docs`)
  for (const { id, notice } of models) say(`  model ${id}${notice ? ` (${notice})` : ''}`)
  if (models.length === 0) say('  No model is available: see the log above.')
  const setUpLink = await newSetUpLink()
  if (setUpLink === undefined) return
  say('\nOpen this to become its first admin (works once, within 24 hours; a restart prints another):')
  say(`  ${setUpLink}`)
}

function sayWhy(error: unknown): number {
  process.stderr.write(`${explainFailure(error)}\n`)
  return 1
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function releaseOf(packageJson: string): string {
  return JSON.parse(packageJson).version
}
