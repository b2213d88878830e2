import type { LlamaContextSequence, Token } from 'node-llama-cpp'

/** Lends the context's sequences, one chat each, in the order in which they were asked for. */
export interface SequencePool {
  /**
   * Waits for a free sequence and takes the one best fit for `prompt`. Rejects with `PoolFull` when too many wait
   * already, and with the signal's reason when aborted before its turn. Give it back with `release`.
   */
  acquire(prompt: readonly Token[], signal: AbortSignal): Promise<LlamaContextSequence>
  release(sequence: LlamaContextSequence): void
}

export class PoolFull extends Error {}

const longestQueue = 64

export function createSequencePool(sequences: readonly LlamaContextSequence[]): SequencePool {
  const free = [...sequences] // least recently used first
  const waiting = new Set<() => void>() // in order of arrival

  function take(prompt: readonly Token[]): LlamaContextSequence | undefined {
    const chosen = mostReusable(free, prompt) ?? free[0]
    if (chosen !== undefined) free.splice(free.indexOf(chosen), 1)
    return chosen
  }

  return {
    async acquire(prompt, signal) {
      signal.throwIfAborted()
      const sequence = take(prompt)
      if (sequence !== undefined) return sequence
      if (waiting.size >= longestQueue) throw new PoolFull('too many requests wait for the model')
      return new Promise((resolve, reject) => {
        const called = () => {
          signal.removeEventListener('abort', left)
          const sequence = take(prompt)
          if (sequence !== undefined) resolve(sequence)
        }
        const left = () => {
          waiting.delete(called)
          reject(signal.reason)
        }
        signal.addEventListener('abort', left, { once: true })
        waiting.add(called)
      })
    },
    release(sequence) {
      free.push(sequence)
      const [next] = waiting
      if (next === undefined) return
      waiting.delete(next)
      next()
    },
  }
}

/**
 * The sequence whose kept tokens save the prompt most work, or undefined when every one would lose more than it saves.
 * The longest common prefix alone is a bad judge: all chats share the template's first tokens, so a new chat would
 * overwrite a running one while another sequence lies empty.
 */
function mostReusable(
  free: readonly LlamaContextSequence[],
  prompt: readonly Token[],
): LlamaContextSequence | undefined {
  let best: LlamaContextSequence | undefined
  let bestGain = -1
  for (const sequence of free) {
    const shared = sequence.compareContextTokens([...prompt]).firstDifferentIndex
    const gain = shared - (sequence.nextTokenIndex - shared)
    if (gain <= bestGain) continue
    best = sequence
    bestGain = gain
  }
  return best
}
