import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationState } from '#protocol'
import { type Config, ConfigError } from '../config.ts'
import type { FilesRead } from './files-read.ts'
import type { LocalModel } from './models.ts'
import type { Reading } from './reading.ts'

/** The configuration of a process that runs: what of it may change does so with the file, the rest waits for a restart. */
export interface LiveConfig {
  /** What applies now: of `clusters`, `models`, `default_model` and `router` the newest, all else as at the start. */
  readonly current: Config
  /** What the last reading was made of, be it good or bad. */
  readonly latest: FilesRead
  /**
   * The readings that a process which begins with the first one takes, in this order, to be where this one is: the one
   * that applies, and a later one that is bad.
   */
  readonly since: readonly FilesRead[]
  /** For administrators. Holds no secret. */
  state(): ConfigurationState
  /** Takes a new reading, and tells all who follow. A bad one changes nothing but the state. */
  take(reading: Reading): void
  /** Calls `onReading` behind each reading that is taken, until the function that is returned is called. */
  follow(onReading: () => void): () => void
}

/** `started` is what the process started with. */
export function createLiveConfig(started: Config, files: FilesRead, now: () => number): LiveConfig {
  const followers = new Set<() => void>()
  let current = started
  let currentFiles = files
  let latest = files
  let appliedAt = now()
  let error: ConfigError | undefined
  let waiting: readonly string[] = []

  function outcomeOf(reading: Reading): Config | ConfigError {
    const said = textIn(currentFiles)
    const says = textIn(reading.files)
    // A server may start without the file. One that loses it, or what is in it, has been given no other configuration.
    if (!said?.trim() || says?.trim() || reading.outcome instanceof ConfigError) return reading.outcome
    const message = `is ${says === undefined ? 'gone' : 'empty'}; what it said before stays`
    return new ConfigError([{ file: basename(started.configFile), line: undefined, path: [], message }])
  }

  function textIn(read: FilesRead): string | undefined {
    const file = read.get(started.configFile)
    return file !== undefined && 'text' in file ? file.text : undefined
  }

  return {
    get current() {
      return current
    },
    get latest() {
      return latest
    },
    get since() {
      return [...new Set([currentFiles, latest])].filter(read => read !== files)
    },
    state: () => ({
      file: started.configFile,
      applied_at: new Date(appliedAt).toISOString(),
      mistakes: error?.lines.map(({ line, text }) => ({ line: line ?? null, text })) ?? [],
      awaiting_restart: [...waiting],
    }),
    take(reading) {
      latest = reading.files
      const outcome = outcomeOf(reading)
      if (outcome instanceof ConfigError) error = outcome
      else {
        error = undefined
        currentFiles = reading.files
        appliedAt = now()
        waiting = changedForLater(started, outcome)
        const { clusters, models, defaultModel, router } = outcome
        current = { ...started, clusters, models, defaultModel, router }
      }
      for (const tell of followers) tell()
    },
    follow(onReading) {
      followers.add(onReading)
      return () => void followers.delete(onReading)
    },
  }
}

/** The sections that a process reads at its start alone, by their keys in the file. */
const later = ['discover', 'limits', 'cache', 'safety', 'auth', 'server', 'retention', 'plugins'] as const

function changedForLater(started: Config, read: Config): readonly string[] {
  const sections: readonly string[] = later.filter(name => !isDeepStrictEqual(started[name], read[name]))
  return isDeepStrictEqual(localOf(started), localOf(read)) ? sections : [...sections, 'models']
}

/** Those that this machine runs are loaded at the start. */
const localOf = ({ models }: Config): readonly (readonly [string, LocalModel])[] =>
  [...models].flatMap(([name, model]) => (model.kind === 'local' ? [[name, model] as const] : []))
