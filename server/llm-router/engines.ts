/** The engines whose extras are known; `parley` runs the models inside Parley. */
export type Engine = 'vllm' | 'sglang' | 'llama.cpp' | 'ollama' | 'openai' | 'parley'

/**
 * How an engine is made to go on with an answer that stopped early, the last message of its prompt:
 * `flags`: it must be told not to open a new message; `prefill`: it goes on with a last message of the assistant by
 * itself; `ask`: it would begin anew, so it is asked in words.
 */
export type Continuation = 'flags' | 'prefill' | 'ask'

interface EngineTraits {
  readonly continuation: Continuation
  /** What `owned_by` says in its list of models. */
  readonly owner: RegExp
  /** The gauges of its `/metrics` that count requests; undefined: it has none. */
  readonly gauges: LoadGauges | undefined
}

/** Names of Prometheus gauges. */
export interface LoadGauges {
  /** Requests it works on, those among them whose prompt it reads. */
  readonly running: string
  /** Requests that it has not begun with. */
  readonly waiting: string
}

/**
 * What differs between engines, in one place. What they had kept of a prompt all of them tell alike
 * (`usage.prompt_tokens_details.cached_tokens`), vLLM and SGLang only where they were started to.
 */
const engines: Readonly<Record<Engine, EngineTraits>> = {
  vllm: {
    continuation: 'flags',
    owner: /^vllm$/i,
    gauges: { running: 'vllm:num_requests_running', waiting: 'vllm:num_requests_waiting' },
  },
  sglang: {
    continuation: 'flags',
    owner: /^sglang$/i,
    gauges: { running: 'sglang:num_running_reqs', waiting: 'sglang:num_queue_reqs' },
  },
  'llama.cpp': {
    continuation: 'prefill',
    owner: /^llamacpp$/i,
    gauges: { running: 'llamacpp:requests_processing', waiting: 'llamacpp:requests_deferred' },
  },
  ollama: { continuation: 'prefill', owner: /^library$/i, gauges: undefined },
  openai: { continuation: 'ask', owner: /^(openai|system|openai-internal)$/i, gauges: undefined },
  parley: { continuation: 'prefill', owner: /^parley$/, gauges: undefined },
}

/** The engine by what its models' `owned_by` says; undefined where that tells nothing. */
export function detectEngine(owner: string): Engine | undefined {
  return engineNames.find(name => engines[name].owner.test(owner))
}

/** An unknown engine is taken for one that goes on by itself, as most do. */
export const continuationOf = (engine: Engine | undefined): Continuation =>
  engine === undefined ? 'prefill' : engines[engine].continuation

/** Undefined where the engine is unknown or counts nothing. */
export const gaugesOf = (engine: Engine | undefined): LoadGauges | undefined =>
  engine === undefined ? undefined : engines[engine].gauges

const engineNames = ['vllm', 'sglang', 'llama.cpp', 'ollama', 'openai', 'parley'] as const satisfies readonly Engine[]
