import { readClusters } from './clusters.ts'
import type { SettingMistake } from './mistake.ts'
import { readModels } from './models.ts'

/** The sections that name each other, as written. */
interface ReferringSections {
  readonly clusters?: unknown
  readonly models?: unknown
  readonly default_model?: unknown
  readonly discover?: unknown
}

/** Always there, whatever is configured. */
const builtInAlias = 'gpt-4'

/**
 * Names that lead nowhere: an alias of a model that nothing here serves, a default model that does not exist. Where
 * something may turn up later (a cluster that discovers its models, none at all yet, engines found on this machine), any
 * name may be right and passes. Sections with mistakes of their own are not judged.
 */
export function checkReferences(written: ReferringSections, localFiles: readonly string[]): SettingMistake[] {
  const clusters = readClusters(written.clusters)
  const models = readModels(written.models)
  if (clusters === undefined || models === undefined) return []
  const mayDiscover = clusters.length === 0 || clusters.some(cluster => cluster.models === undefined)
  if (mayDiscover || written.discover === 'use') return []

  const entries = [...models]
  const served = new Set([
    ...clusters.flatMap(cluster => cluster.models ?? []),
    ...entries.flatMap(([name, model]) => (model.kind === 'local' ? name : [])),
    ...localFiles.flatMap(file => [file, file.replace(/\.gguf$/, '')]),
  ])
  const strayAliases = entries
    .filter(([, model]) => model.kind === 'served' && !served.has(model.serves))
    .map(([name]) => ({
      path: ['models', name, 'serves'],
      message: 'must be a model that a cluster lists or a file provides',
    }))

  const { default_model: defaultModel } = written
  const isKnown = (name: string) => name === builtInAlias || models.has(name) || served.has(name)
  const strayDefault =
    typeof defaultModel === 'string' && !isKnown(defaultModel)
      ? [{ path: ['default_model'], message: 'must be one of the models, or of those that a cluster lists' }]
      : []
  return [...strayAliases, ...strayDefault]
}
