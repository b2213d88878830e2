/** The engines whose extras are known. */
export type Engine = 'vllm' | 'sglang' | 'llama.cpp' | 'ollama' | 'openai'

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
}

/** What differs between engines, in one place. */
const engines: Readonly<Record<Engine, EngineTraits>> = {
  vllm: { continuation: 'flags', owner: /^vllm$/i },
  sglang: { continuation: 'flags', owner: /^sglang$/i },
  'llama.cpp': { continuation: 'prefill', owner: /^llamacpp$/i },
  ollama: { continuation: 'prefill', owner: /^library$/i },
  openai: { continuation: 'ask', owner: /^(openai|system|openai-internal)$/i },
}

/** The engine by what its models' `owned_by` says; undefined where that tells nothing. */
export function detectEngine(owner: string): Engine | undefined {
  return engineNames.find(name => engines[name].owner.test(owner))
}

/** An unknown engine is taken for one that goes on by itself, as most do. */
export const continuationOf = (engine: Engine | undefined): Continuation =>
  engine === undefined ? 'prefill' : engines[engine].continuation

const engineNames = ['vllm', 'sglang', 'llama.cpp', 'ollama', 'openai'] as const satisfies readonly Engine[]
