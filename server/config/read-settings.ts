import { type ExpansionSources, expand } from './expand.ts'
import { type LocatedMistake, type SettingMistake, showWritten } from './mistake.ts'
import { readYaml } from './read-yaml.ts'
import { checkReferences } from './references.ts'
import { type FileConfig, fileSettings } from './settings.ts'
import { toMistakes, valueAt } from './to-mistakes.ts'

export interface SettingsReading {
  /** Undefined where there are mistakes. */
  readonly settings: FileConfig | undefined
  /** All of them, with their lines. */
  readonly mistakes: readonly LocatedMistake[]
}

export interface SettingsSources extends ExpansionSources {
  /** The names of the model files in the data folder. */
  readonly localFiles: readonly string[]
}

/** Reads the text of a `parley.yaml`: YAML, then what it refers to, then every setting, then the names between sections. */
export function readSettings(source: string, sources: SettingsSources): SettingsReading {
  const yaml = readYaml(source)
  const written = yaml.value ?? {}
  if (!isMap(written)) {
    const shown = showWritten(written, true)
    return {
      settings: undefined,
      mistakes: [{ line: yaml.lineOf([]), path: [], message: `must be a map of settings (${shown})` }],
    }
  }

  const expanded = expand(written, sources)
  const result = fileSettings.safeParse(expanded.value)
  const found: SettingMistake[] = [...expanded.mistakes]
  // What could not be read or expanded is wrong for that reason alone.
  const known = new Set([...yaml.mistakes, ...expanded.mistakes].map(({ path }) => JSON.stringify(path)))
  const isNew = ({ path }: SettingMistake) => !known.has(JSON.stringify(path))
  if (!result.success) found.push(...toMistakes(result.error, written).filter(isNew))
  const strayNames = checkReferences(isMap(expanded.value) ? expanded.value : {}, sources.localFiles).filter(isNew)
  found.push(...strayNames.map(({ path, message }) => withValue(path, message, written)))

  const mistakes = [...yaml.mistakes, ...found.map(mistake => ({ ...mistake, line: yaml.lineOf(mistake.path) }))]
  return { settings: result.success && mistakes.length === 0 ? result.data : undefined, mistakes }
}

function withValue(path: SettingMistake['path'], message: string, written: unknown): SettingMistake {
  const shown = showWritten(valueAt(written, path), false)
  return { path, message: shown === undefined ? message : `${message} (${shown})` }
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
