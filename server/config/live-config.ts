import { basename } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { ConfigurationState } from '#protocol'
import { type Config, ConfigError } from '../config.ts'
import type { FilesRead } from './files-read.ts'
import { describeMistake } from './mistake.ts'
import type { LocalModel } from './models.ts'
import type { Reading } from './reading.ts'

/** The configuration of a process that runs: what of it may change does so with the file, the rest waits for a restart. */
export interface LiveConfig {
  /** What applies now: of `clusters`, `models`, `default_model` and `router` the newest, all else as at the start. */
  readonly current: Config
  /** What the last reading was made of, be it good or bad. */
  readonly latest: FilesRead
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
    const wasThere = 'text' in (currentFiles.get(started.configFile) ?? {})
    const isThere = 'text' in (reading.files.get(started.configFile) ?? {})
    // A server may start without the file. One that loses it has been given no other configuration.
    if (!wasThere || isThere || reading.outcome instanceof ConfigError) return reading.outcome
    return new ConfigError([
      { file: basename(started.configFile), line: undefined, path: [], message: 'is gone; what it said before stays' },
    ])
  }

  return {
    get current() {
      return current
    },
    get latest() {
      return latest
    },
    state: () => ({
      file: started.configFile,
      applied_at: new Date(appliedAt).toISOString(),
      mistakes: error?.mistakes.map(mistake => ({ line: mistake.line ?? null, text: describeMistake(mistake) })) ?? [],
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
