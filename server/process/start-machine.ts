import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { demoModel, findLocalModels, keptSecret, type LocalModel, startLocalModels, startPostgres } from '#embedded'
import type { Log } from '#kit'
import type { ClusterOptions } from '#llm-router'
import type { DatabaseOptions } from '#store'
import type { Config } from '../config.ts'
import { preparePage } from '../prepare-page.ts'

/**
 * What a machine has once, however many processes serve on it: its database, models, page and secret. Plain data, so that
 * it can be told to another process.
 */
export interface Machine {
  readonly connection: DatabaseOptions['connection']
  /** Those that run here, whether or not each could be loaded. */
  readonly models: readonly LocalModel[]
  /** Where those that could be loaded are reached. */
  readonly clusters: readonly ClusterOptions[]
  /** The folder of the built page; undefined: there is none. */
  readonly pageFolder: string | undefined
  /** The one in use first. */
  readonly secrets: readonly string[]
}

/**
 * Starts what the machine brings: the embedded database and models where none are configured, and the page. All of it is
 * deferred to `started`, also when a part fails. `onFailed` is told when the database is gone for good.
 */
export async function startMachine(
  config: Config,
  log: Log,
  signal: AbortSignal,
  started: AsyncDisposableStack,
  onFailed: (reason: Error) => void,
): Promise<Machine> {
  await mkdir(config.dataFolder, { recursive: true })
  // Models load and the page is built while the database starts; none needs the others.
  const [connection, local, pageFolder] = await all(
    startDatabase(config, log, signal, started, onFailed),
    startModels(config, log, signal, started),
    preparePage(log, signal),
  )
  const secrets = config.secrets.length > 0 ? config.secrets : [await keptSecret(config.dataFolder)]
  return { connection, ...local, pageFolder, secrets }
}

/** All results; when one fails, only after the others have settled, so that nothing is started behind a failed start. */
async function all<Results extends unknown[]>(...works: { [Index in keyof Results]: Promise<Results[Index]> }) {
  await Promise.allSettled(works)
  return Promise.all<Results>(works as never)
}

/** The operator's database, or the embedded one, which is started. */
async function startDatabase(
  { database, dataFolder }: Config,
  log: Log,
  signal: AbortSignal,
  started: AsyncDisposableStack,
  onFailed: (reason: Error) => void,
): Promise<Machine['connection']> {
  if (database !== undefined) return database.url
  const postgres = await startPostgres({ folder: join(dataFolder, 'postgres'), log, signal })
  started.defer(() => postgres.stop())
  void postgres.exited.then(reason => reason && onFailed(reason))
  return postgres.connection
}

/** Runs the models of this machine: those the operator names or put into the data folder, else the demo. */
async function startModels(
  config: Config,
  log: Log,
  signal: AbortSignal,
  started: AsyncDisposableStack,
): Promise<Pick<Machine, 'models' | 'clusters'>> {
  const named = [...config.models].flatMap(([name, model]) =>
    model.kind === 'local' ? [{ ...model, name, file: model.gguf }] : [],
  )
  const found = (await findLocalModels(join(config.dataFolder, 'models'))).filter(
    ({ name }) => !config.models.has(name),
  )
  const own = [...named, ...found]
  const models = own.length > 0 || config.clusters.length > 0 ? own : [demoModel]
  const running = await startLocalModels(models, log, signal)
  for (const model of running) started.defer(() => model.stop())
  return {
    models,
    clusters: running.map(({ name, url, apiKey }) => ({
      name: `embedded/${name}`,
      region: undefined,
      url,
      apiKey,
      models: undefined,
      capacity: undefined,
      engine: undefined,
    })),
  }
}
