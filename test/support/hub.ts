/** A real hub for tests: a process of its own, with a line to it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Log } from '#kit'
import { channelOf } from '../../server/hub/channel.ts'
import { type Line, openLine } from '../../server/hub/line.ts'
import { atEnd, type Scope } from './server.ts'

export interface TestHub {
  readonly line: Line
  /** From here on it takes questions, and answers none. */
  freeze(): void
  thaw(): void
}

/** Answers, until the end of the scope, what the workers of a server ask. Answers of the cache live for `ttlMs`. */
export async function startHub(scope: Scope, log: Log, ttlMs = 60_000): Promise<TestHub> {
  const child = fork(fileURLToPath(new URL('serve-hub.ts', import.meta.url)), [String(ttlMs)], {
    serialization: 'advanced',
  })
  const exited = once(child, 'exit')
  const line = openLine({ channel: channelOf(child), answer: async () => undefined, log })
  atEnd(scope, async () => {
    line.close()
    child.kill('SIGKILL')
    await exited
  })
  await line.ask(
    'meters',
    { what: 'charge', meter: { name: '', perMinute: 0, burst: 0 }, key: '', cost: 0 },
    {
      limitMs: 20_000,
    },
  )
  return { line, freeze: () => child.kill('SIGSTOP'), thaw: () => child.kill('SIGCONT') }
}
