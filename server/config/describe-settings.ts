import { z } from 'zod'
import { environmentSettings } from './environment.ts'
import { fileSettings } from './settings.ts'

/** The page about every setting, in Markdown: `docs/configuration.md`. */
export const describeSettings = (): string =>
  [introduction, '## Environment', table(rowsIn(environmentSettings, '')), aboutTheFile, ...sections()]
    .join('\n\n')
    .concat('\n')

const introduction = `# Configuration

Everything has a default: Parley starts without any of this. The environment holds what belongs to the machine, the file
\`parley.yaml\` what belongs to the product; [parley.example.yaml](../parley.example.yaml) shows every section of it.
A mistake in either stops the start with a list of all mistakes, each with its line:

\`\`\`
PORT: must be a whole number from 0 to 65535 (is "http")
parley.yaml:12: limits.burst: must be a whole number of at least 0 (is "many")
parley.yaml:13: limits.mesages_per_minute: is not a setting; did you mean "messages_per_minute"?
\`\`\`

This page is made from the code: \`node server/config/write-docs.ts\` writes it.`

const aboutTheFile = `## parley.yaml

The file is YAML 1.2, with anchors and merge keys. A key without a value counts as left out, and so does an environment
variable that is empty.

- \`\${NAME}\` in any text stands for an environment variable, which must be set.
- \`\${file:/run/secrets/name}\` stands for the content of a file, without the line break at its end; a relative path begins
  at the folder of \`parley.yaml\`.
- \`$\${\` stands for a plain \`\${\`. Inside \`{ }\` and \`[ ]\` a text with \`\${...}\` needs quotes.
- What is wrong with a key, a password or an address that holds one is told without showing it.
- When its content changes, or that of a file it names, it is read again within three seconds, on SIGHUP at once. Answers
  under way are not touched. \`clusters\`, \`models\` (but for those with \`gguf\`), \`default_model\` and \`router\` change then;
  all else takes effect after a restart, which the log and the settings page say. A version with mistakes changes nothing,
  nor does a file that is gone or empty: the last good one stays in force, and what is wrong is shown there, with its line.`

/** One heading for each key of the file: a table for a group of settings, a line for a single one. */
function sections(): string[] {
  const { schema: file } = unwrap(fileSettings)
  if (!(file instanceof z.ZodObject)) return []
  return Object.entries(file.shape).map(([name, schema]) => describeSection(name, schema))
}

function describeSection(name: string, schema: z.core.$ZodType): string {
  const setting = unwrap(schema)
  if (setting.words !== undefined) return `### ${name}\n\n${table([rowOf(name, setting)])}`
  return `### ${name}\n\n${setting.sentence}\n\n${table(rowsIn(schema, name))}`
}

interface Row {
  readonly name: string
  readonly kind: string
  readonly byDefault: string
  readonly sentence: string
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(row => `| \`${row.name}\` | ${row.kind} | ${row.byDefault} | ${row.sentence} |`)
  return ['| setting | kind | default | what it is |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

/** A schema without what it is wrapped in. */
interface Setting {
  readonly schema: z.core.$ZodType
  /** The kind's words; undefined for maps and lists. */
  readonly words: string | undefined
  readonly sentence: string
  readonly byDefault: string
}

const notes = (schema: z.core.$ZodType) => z.globalRegistry.get(schema) ?? {}

function unwrap(schema: z.core.$ZodType): Setting {
  let inner = schema
  let sentence = notes(schema).description ?? ''
  let byDefault = 'needed'
  while (true) {
    const { words, description } = notes(inner)
    sentence ||= description ?? ''
    if (typeof words === 'string') return { schema: inner, words, sentence, byDefault }
    if (inner instanceof z.ZodOptional) {
      byDefault = ''
      inner = inner.def.innerType
    } else if (inner instanceof z.ZodPrefault) {
      byDefault = `\`${show(inner.def.defaultValue)}\``
      inner = inner.def.innerType
    } else if (inner instanceof z.ZodPipe) inner = inner.def.in
    else return { schema: inner, words: undefined, sentence, byDefault }
  }
}

const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value).replaceAll(',', ', '))

/** A setting and, where it is a group, those in it. */
function rowsOf(schema: z.core.$ZodType, name: string): Row[] {
  const setting = unwrap(schema)
  if (setting.words !== undefined) return [rowOf(name, setting)]
  const { schema: group } = setting
  if (group instanceof z.ZodObject) return [rowOf(name, { ...setting, words: 'a map' }), ...rowsIn(schema, name)]
  const [entry, mark, shape] = entriesOf(group)
  const { words, schema: inner } = unwrap(entry)
  if (words !== undefined) return [rowOf(`${name}${mark}`, { ...setting, words: `${shape}; each ${words}` })]
  if (inner instanceof z.ZodArray) {
    return [rowOf(`${name}${mark}`, { ...setting, words: `${shape} of lists; each ${unwrap(inner.element).words}` })]
  }
  return [rowOf(name, { ...setting, words: `${shape} of maps` }), ...rowsIn(schema, name)]
}

/** The settings in a group. */
function rowsIn(schema: z.core.$ZodType, name: string): Row[] {
  const { schema: group } = unwrap(schema)
  if (group instanceof z.ZodObject) {
    const prefix = name === '' ? '' : `${name}.`
    return Object.entries(group.shape).flatMap(([key, value]) => rowsOf(value, `${prefix}${key}`))
  }
  const [entry, mark] = entriesOf(group)
  return rowsIn(entry, `${name}${mark}`)
}

function entriesOf(group: z.core.$ZodType): readonly [entry: z.core.$ZodType, mark: string, shape: string] {
  if (group instanceof z.ZodArray) return [group.element, '[]', 'a list']
  if (group instanceof z.ZodRecord) return [group.valueType, '.<name>', 'a map']
  throw new Error('a setting is of a kind that cannot be described')
}

const rowOf = (name: string, { words = '', byDefault, sentence }: Setting): Row => ({
  name,
  kind: words,
  byDefault,
  sentence,
})
