import type { StyledLine, SyntaxReply, SyntaxRequest } from './syntax-roles.ts'

type Listener = (lines: readonly StyledLine[]) => void

const listeners = new Map<number, Listener>()
let worker: Worker | undefined
let latest = 0

/**
 * Has code styled in a worker, so that the page never waits for a grammar. `onChunk` is called for each chunk, in
 * order. Returns how to stop listening. Where workers are out of reach, nothing comes and code stays plain.
 */
export function styleCode(language: string, chunks: SyntaxRequest['chunks'], onChunk: Listener): () => void {
  latest += 1
  const id = latest
  listeners.set(id, onChunk)
  worker ??= startWorker()
  worker.postMessage({ id, language, chunks } satisfies SyntaxRequest)
  return () => listeners.delete(id)
}

function startWorker(): Worker {
  const started = new Worker(new URL('./syntax-worker.ts', import.meta.url), { type: 'module' })
  started.addEventListener('message', (event: MessageEvent<SyntaxReply>) => {
    const { id, lines } = event.data
    listeners.get(id)?.(lines)
  })
  return started
}
