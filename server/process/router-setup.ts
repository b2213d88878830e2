import type { ModelOptions, RouterSetup } from '#llm-router'
import type { Config } from '../config.ts'
import type { Machine } from './start-machine.ts'

/** What of the configuration, and of what this machine serves itself, is the router's: it may change while the server runs. */
export function routerSetupOf(config: Config, machine: Machine): RouterSetup {
  const aliases = [...config.models].flatMap(([name, model]): [string, ModelOptions][] =>
    model.kind === 'served' ? [[name, { ...model, notice: undefined }]] : [],
  )
  const here = machine.models.map(({ name, temperature, notice, demo }): [string, ModelOptions] => [
    name,
    {
      serves: name,
      contextTokens: undefined,
      firstTokenTimeoutMs: undefined,
      temperature,
      notice,
      demo: demo ?? false,
    },
  ])
  return {
    clusters: [...config.clusters, ...machine.clusters],
    models: new Map([...aliases, ...here]),
    defaultModel: config.defaultModel,
    policy: config.router.policy,
  }
}
