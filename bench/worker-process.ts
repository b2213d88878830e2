import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Started } from './run-bench.ts'

/** A process of the benchmark's own, which answers every message with one. */
export interface WorkerProcess {
  readonly pid: number
  /** Fails when the process ends, or has not answered after `limitMs`. One question at a time. */
  ask<Answer>(question: object, limitMs?: number): Promise<Answer>
  stop(): Promise<void>
}

/** Starts a file beside the caller's. The process ends with this one, whatever happens to it. */
export function startWorker(started: Started, file: URL): WorkerProcess {
  if (started.disposed) throw new Error('the benchmark is ending')
  // A group of its own: a Ctrl-C is for us, and we end it.
  const child = fork(fileURLToPath(file), [], { detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const exited = once(child, 'exit').then(() => {})
  const stop = async () => {
    child.kill('SIGKILL')
    await exited
  }
  started.defer(stop)
  return {
    pid: child.pid ?? 0,
    async ask<Answer>(question: object, limitMs = 10_000) {
      const answered = once(child, 'message', { signal: AbortSignal.timeout(limitMs) })
      child.send(question)
      const ended = exited.then(() => Promise.reject(new Error(`${file.pathname} ended`)))
      const [answer] = await Promise.race([answered, ended])
      return answer as Answer // the other end is a file of ours, which imports the same type
    },
    stop,
  }
}

/** The other end: answers every message of the parent. Ends when the parent is gone. */
export function answerParent<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('disconnect', () => process.exit())
  process.on('message', (question: Question) => {
    void answer(question).then(text => process.send?.(text))
  })
}
