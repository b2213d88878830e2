import type { EndpointProbe, Engine } from '#llm-router'
import type { FoundEngine } from '#protocol'

/** Where an engine listens unless it is told otherwise. */
export interface LocalPort {
  readonly port: number
  /** What people call the engine that usually listens there. */
  readonly label: string
}

/** The usual ports, the likeliest on a person's own machine first. */
export const usualPorts: readonly LocalPort[] = [
  { port: 11_434, label: 'Ollama' },
  { port: 1_234, label: 'LM Studio' },
  { port: 8_080, label: 'llama.cpp' },
  { port: 8_000, label: 'vLLM' },
  { port: 30_000, label: 'SGLang' },
]

/** Something on this machine answers at once, or is not there. */
const longestLookMs = 500

/** Where an engine on this machine is reached by its port. */
export const localAddress = (port: number) => `http://127.0.0.1:${port}/v1`

/**
 * The engines that listen on these ports now and serve a model that chats, in the ports' order. Nothing but their lists
 * of models is read; a Parley server is none.
 */
export async function findLocalEngines(probe: EndpointProbe, ports: readonly LocalPort[]): Promise<FoundEngine[]> {
  const looks = ports.map(async ({ port, label }): Promise<FoundEngine[]> => {
    const url = localAddress(port)
    const probed = await probe.models({ url, apiKey: undefined }, longestLookMs)
    if (probed.type !== 'models' || probed.models.length === 0) return []
    // What it says of itself is truer than its port.
    return [{ label: labelOf(probed.engine) ?? label, url, models: [...probed.models] }]
  })
  return (await Promise.all(looks)).flat()
}

/** As people call an engine; undefined where it does not tell which it is. */
export const labelOf = (engine: Engine | undefined): string | undefined =>
  engine === undefined ? undefined : labels[engine]

const labels: Readonly<Record<Engine, string | undefined>> = {
  vllm: 'vLLM',
  sglang: 'SGLang',
  'llama.cpp': 'llama.cpp',
  ollama: 'Ollama',
  parley: undefined, // never found: it runs inside
  openai: undefined, // many say so who only speak like it
}
