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
  if (typeof written !== 'object' || Array.isArray(written)) {
    const shown = showWritten(written, true)
    return {
      settings: undefined,
      mistakes: [{ line: yaml.lineOf([]), path: [], message: `must be a map of settings (${shown})` }],
    }
  }

  const expanded = expand(written, sources)
  const result = fileSettings.safeParse(expanded.value)
  const found: SettingMistake[] = [...expanded.mistakes]
  // A text that could not be expanded is wrong for that reason alone.
  const isNew = ({ path }: SettingMistake) =>
    !expanded.mistakes.some(known => known.path.join('\0') === path.join('\0'))
  if (!result.success) found.push(...toMistakes(result.error, written).filter(isNew))
  const strayNames = checkReferences(Object(expanded.value), sources.localFiles).filter(isNew)
  found.push(...strayNames.map(({ path, message }) => withValue(path, message, written)))

  const mistakes = [...yaml.mistakes, ...found.map(mistake => ({ ...mistake, line: yaml.lineOf(mistake.path) }))]
  return { settings: result.success && mistakes.length === 0 ? result.data : undefined, mistakes }
}

function withValue(path: SettingMistake['path'], message: string, written: unknown): SettingMistake {
  const shown = showWritten(valueAt(written, path), false)
  return { path, message: shown === undefined ? message : `${message} (${shown})` }
}
