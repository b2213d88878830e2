import { Fault } from '#kit'
import type { Model } from '#protocol'
import type { Cluster } from './cluster.ts'

/** What the configuration says of a name that users may pick. */
export interface ModelOptions {
  /** The name its clusters know it by. */
  readonly serves: string
  /** Tokens of prompt and answer together; undefined: what the cluster tells, else 8,192. */
  readonly contextTokens: number | undefined
  readonly temperature: number | undefined
  readonly firstTokenTimeoutMs: number | undefined
  /** What a user should know before relying on it. */
  readonly notice: string | undefined
  /** Too small for more than showing that the product works. */
  readonly demo?: boolean
}

/** A name made definite. */
export interface ResolvedModel {
  readonly name: string
  readonly serves: string
  readonly contextTokens: number
  readonly temperature: number
  readonly firstTokenTimeoutMs: number
  readonly demo: boolean
}

export interface ModelTable {
  /** Throws the fault `model_not_found`, or `model_unavailable` while not every cluster has told its models. */
  resolve(name: string): ResolvedModel
  /** The name for conversations that pick none; undefined while no model for it is known. */
  defaultName(): string | undefined
  list(): Model[]
}

/** Works out of the box as the mission's tests use it; a real model of that name, or the operator's own, comes first. */
const builtInAlias = 'gpt-4'

const defaultContextTokens = 8_192
const defaultTemperature = 0.7
const defaultFirstTokenTimeoutMs = 300_000

export function createModelTable(
  configured: ReadonlyMap<string, ModelOptions>,
  configuredDefault: string | undefined,
  clusters: () => readonly Pick<Cluster, 'models' | 'contextTokens' | 'state'>[],
): ModelTable {
  const served = () => new Set(clusters().flatMap(cluster => cluster.models()))
  const isDemo = (name: string) => configured.get(name)?.demo === true

  /** Some cluster serves it, and each that does is to take no new work. */
  function isLeaving(name: string): boolean {
    const serves = configured.get(name)?.serves ?? name
    const its = clusters().filter(cluster => cluster.models().includes(serves))
    return its.length > 0 && its.every(({ state }) => state !== 'enabled')
  }

  /** The operator's choice, else a real model. The demo only where there is nothing else: it stands in for no failure. */
  function defaultName(): string | undefined {
    if (configuredDefault !== undefined) return configuredDefault
    const names = [...configured.keys(), ...served()]
    const real = names.filter(name => !isDemo(name))
    if (real.length > 0) return real.find(name => !isLeaving(name)) ?? real[0]
    const demoAlone = clusters().every(cluster => cluster.models().some(isDemo))
    return demoAlone ? names.find(isDemo) : undefined
  }

  function find(name: string): ModelOptions | undefined {
    const known = configured.get(name)
    if (known !== undefined) return known
    if (served().has(name)) return { ...unconfigured, serves: name }
    const standIn = defaultName()
    return name === builtInAlias && standIn !== undefined && standIn !== builtInAlias ? find(standIn) : undefined
  }

  function unknown(name: string): Fault {
    const allAreKnown = clusters().every(cluster => cluster.models().length > 0)
    if (allAreKnown) return new Fault('model_not_found', `There is no model "${name}" here.`, { field: 'model' })
    const detail = `No cluster serves the model "${name}" right now; one of them has told no models yet.`
    return new Fault('model_unavailable', detail, { retryAfterMs: 5_000 })
  }

  const contextOf = (model: ModelOptions) =>
    model.contextTokens ??
    smallest(clusters().flatMap(cluster => cluster.contextTokens(model.serves) ?? [])) ??
    defaultContextTokens

  return {
    defaultName,
    resolve(name) {
      const model = find(name)
      if (model === undefined) throw unknown(name)
      return {
        name,
        serves: model.serves,
        contextTokens: contextOf(model),
        temperature: model.temperature ?? defaultTemperature,
        firstTokenTimeoutMs: model.firstTokenTimeoutMs ?? defaultFirstTokenTimeoutMs,
        demo: model.demo ?? false,
      }
    },
    list() {
      const names = new Set([...configured.keys(), ...served(), builtInAlias])
      const offered = new Set(clusters().flatMap(one => (one.state === 'enabled' ? one.models() : [])))
      return [...names].flatMap(id => {
        const model = find(id)
        if (model === undefined) return []
        return {
          id,
          serves: model.serves,
          context: contextOf(model),
          available: offered.has(model.serves),
          default: id === defaultName(),
          notice: model.notice ?? null,
        }
      })
    },
  }
}

const unconfigured = {
  contextTokens: undefined,
  temperature: undefined,
  firstTokenTimeoutMs: undefined,
  notice: undefined,
}

const smallest = (numbers: readonly number[]) => (numbers.length === 0 ? undefined : Math.min(...numbers))
