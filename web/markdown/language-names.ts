/** Whether code in a language, named as after a fence, can be styled. */
export function isKnownLanguage(name: string): boolean {
  return byName.has(name)
}

/** The grammar for a name or one of its aliases. */
export function grammarName(name: string): GrammarName | undefined {
  return byName.get(name)
}

export type GrammarName = (typeof names)[number][0]

/** Each grammar, and what else it is called. */
const names = [
  ['bash', 'sh', 'shell', 'zsh', 'shellscript'],
  ['c', 'h'],
  ['cpp', 'c++', 'cc', 'cxx', 'hpp'],
  ['csharp', 'cs', 'c#', 'dotnet'],
  ['css'],
  ['diff', 'patch'],
  ['docker', 'dockerfile'],
  ['go', 'golang'],
  ['html', 'htm'],
  ['ini', 'properties', 'conf'],
  ['java'],
  ['javascript', 'js', 'mjs', 'cjs', 'node'],
  ['json', 'jsonc', 'json5'],
  ['jsx'],
  ['kotlin', 'kt', 'kts'],
  ['lua'],
  ['markdown', 'md'],
  ['php'],
  ['powershell', 'ps1', 'ps', 'pwsh'],
  ['python', 'py', 'python3'],
  ['r'],
  ['ruby', 'rb'],
  ['rust', 'rs'],
  ['sql', 'postgresql', 'mysql', 'sqlite', 'psql'],
  ['swift'],
  ['toml'],
  ['tsx'],
  ['typescript', 'ts', 'mts', 'cts'],
  ['xml', 'svg'],
  ['yaml', 'yml'],
] as const

const byName: ReadonlyMap<string, GrammarName> = new Map(
  names.flatMap(([grammar, ...aliases]) => [grammar, ...aliases].map(name => [name, grammar] as const)),
)
