import { parseArgs } from 'node:util'
import { ConfigError } from './mistake.ts'

/** What the command line says of settings, as the variables of the environment that say the same. */
export function argumentsAsEnvironment(written: readonly string[]): Readonly<Record<string, string>> {
  const workers = readWorkers(written)
  return workers === undefined ? {} : { PARLEY_WORKERS: workers }
}

/** Throws `ConfigError` for whatever else is written there. */
function readWorkers(written: readonly string[]): string | undefined {
  try {
    return parseArgs({ args: [...written], options: { workers: { type: 'string' } } }).values.workers
  } catch {
    const message = `cannot be understood: "${written.join(' ')}". There is one option: --workers N, or --workers auto`
    throw new ConfigError([{ file: 'the command line', line: undefined, path: [], message }])
  }
}
