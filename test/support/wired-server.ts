import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createLiveConfig } from '../../server/config/live-config.ts'
import { type ReadConfig, readAsThen } from '../../server/config/reading.ts'
import { ConfigError, loadConfig } from '../../server/config.ts'
import { startMachine } from '../../server/process/start-machine.ts'
import { wire } from '../../server/wire.ts'
import { quietLog, type TestDatabase } from './database.ts'
import { adminKey, atEnd, callApi, type RunningServer, type Scope, scratchFolder } from './server.ts'

export interface WiredOptions {
  readonly database: TestDatabase
  /** Where engines of this machine are looked for. */
  readonly localPorts: readonly number[]
  /** The text of `parley.yaml`. */
  readonly yaml?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface WiredServer extends Pick<RunningServer, 'url' | 'api'> {
  /** Has it read this as the new text of `parley.yaml`. */
  edit(yaml: string): void
  stop(): Promise<void>
}

/** The whole product in this process, listening, for what a started process cannot be told. Stopped at the end of the scope. */
export async function startWired(scope: Scope, options: WiredOptions): Promise<WiredServer> {
  const cwd = await scratchFolder(scope)
  await mkdir(join(cwd, 'data'))
  const env = {
    PORT: '0',
    DATABASE_URL: options.database.url,
    PARLEY_SECRET: 'the-secret-of-all-servers-in-this-test',
    PARLEY_ADMIN_KEY: adminKey,
    ...options.env,
  }
  const read: ReadConfig = readFile => loadConfig({ env, cwd, readFile })
  const reading = (yaml: string) => readAsThen(read, new Map([[join(cwd, 'parley.yaml'), { text: yaml }]]))
  const { files, outcome: config } = reading(options.yaml ?? '')
  if (config instanceof ConfigError) throw config
  const configuration = createLiveConfig(config, files, Date.now)
  const ports = options.localPorts.map(port => ({ port, label: 'Local' }))
  const { signal } = new AbortController()
  const started = new AsyncDisposableStack()
  atEnd(scope, () => started.disposeAsync())
  const machine = await startMachine(config, quietLog, signal, started, () => {})
  const around = { release: 'test', log: quietLog, signal, machine, hub: undefined, connections: 20 }
  const server = await wire(configuration, { ...around, localPorts: ports })
  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= server.stop(0)
    return stopped
  }
  atEnd(scope, stop)
  return {
    url: server.url,
    api: (...call) => callApi(server.url, ...call),
    edit: yaml => configuration.take(reading(yaml)),
    stop,
  }
}
