import { type Config, ConfigError } from '../config.ts'
import { createFileReader, type FilesRead, readAgain } from './files-read.ts'

/** One reading of the configuration: what it was read from, and what that came to. */
export interface Reading {
  readonly files: FilesRead
  /** A `ConfigError` where it cannot be used. */
  readonly outcome: Config | ConfigError
}

/** Reads the whole configuration through `readFile`. Throws `ConfigError`. */
export type ReadConfig = (readFile: (path: string) => string) => Config

/** Reads the files as they are now. */
export function readNow(read: ReadConfig): Reading {
  const { files, readFile } = createFileReader()
  return { outcome: outcomeOf(() => read(readFile)), files }
}

/** The reading that another process had of these files, whatever has become of them since. */
export const readAsThen = (read: ReadConfig, files: FilesRead): Reading => ({
  files,
  outcome: outcomeOf(() => read(readAgain(files))),
})

function outcomeOf(read: () => Config): Config | ConfigError {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
}
