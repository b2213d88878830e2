import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type EnvironmentConfig, type EnvironmentReading, readEnvironment } from './config/environment.ts'
import { noSuchFile, reasonOf } from './config/expand.ts'
import { ConfigError, type LocatedMistake } from './config/mistake.ts'
import type { LocalModel } from './config/models.ts'
import { readSettings } from './config/read-settings.ts'
import type { FileConfig } from './config/settings.ts'

export type { AuthConfig, OidcConfig, SmtpConfig } from './config/auth.ts'
export type { CacheConfig, LimitsConfig, Retention, RetentionConfig } from './config/bounds.ts'
export type { ClusterConfig, Engine } from './config/clusters.ts'
export { describeSettings } from './config/describe-settings.ts'
export type { AdminConfig, DatabaseConfig, EnvironmentConfig } from './config/environment.ts'
export { ConfigError } from './config/mistake.ts'
export type { LocalModel, ModelConfig, ServedModel } from './config/models.ts'
export type { CategoryPolicy, GuardConfig, SafetyConfig } from './config/safety.ts'
export type { FileConfig, PluginConfig, RouterConfig, ServerConfig } from './config/settings.ts'

/** Everything an operator decides before the start: what the environment says, and what `parley.yaml` says. */
export interface Config extends EnvironmentConfig, FileConfig {
  /** Where `parley.yaml` is, or would be; absolute. */
  readonly configFile: string
}

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** What relative paths in the environment are relative to. */
  readonly cwd: string
  /** Absolute path to text. Throws what `fs.readFileSync` would. */
  readonly readFile?: (path: string) => string
  /** Absolute path to the names in a folder. Throws what `fs.readdirSync` would. */
  readonly listFolder?: (path: string) => readonly string[]
}

/**
 * Reads the whole configuration anew; nothing is kept between calls, so a reload is another call. Throws `ConfigError`
 * with every mistake that the environment and the file hold, and changes nothing. This is the only place that knows what
 * an environment variable or a key of `parley.yaml` means.
 */
export function loadConfig({ env, cwd, readFile = readText, listFolder = readdirSync }: ConfigSources): Config {
  const environment = readEnvironment(env, cwd)
  const { configFile, dataFolder } = environment
  const folder = dirname(configFile)

  const text = readSettingsFile(environment, readFile)
  const { settings, mistakes } =
    typeof text === 'string'
      ? readSettings(text, {
          env,
          readFile: path => readFile(resolve(folder, path)),
          localFiles: listModelFiles(join(dataFolder, 'models'), listFolder),
        })
      : { settings: undefined, mistakes: [text] }

  if (environment.config === undefined || settings === undefined)
    throw new ConfigError([
      ...environment.mistakes.map(mistake => ({ ...mistake, file: undefined, line: undefined })),
      ...mistakes.map(mistake => ({ ...mistake, file: environment.configFileName })),
    ])
  return { ...environment.config, ...settings, models: locateFiles(settings.models, folder), configFile }
}

const readText = (path: string) => readFileSync(path, 'utf8')

/** The text of `parley.yaml`: empty where there is no file and nobody asked for one. */
function readSettingsFile(
  environment: EnvironmentReading,
  readFile: (path: string) => string,
): string | LocatedMistake {
  try {
    return readFile(environment.configFile)
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === noSuchFile && !environment.configFileIsNamed) return ''
    return { line: undefined, path: [], message: `cannot be read: ${reason}` }
  }
}

/** None where there is no folder yet: it is made at the first start. */
function listModelFiles(folder: string, listFolder: (path: string) => readonly string[]): readonly string[] {
  try {
    return listFolder(folder).filter(name => name.endsWith('.gguf'))
  } catch {
    return []
  }
}

const locateFiles = (models: FileConfig['models'], folder: string): FileConfig['models'] =>
  new Map([...models].map(([name, model]) => [name, model.kind === 'local' ? locate(model, folder) : model]))

const locate = (model: LocalModel, folder: string): LocalModel => ({ ...model, gguf: resolve(folder, model.gguf) })
