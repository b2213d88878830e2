import { startFile, until } from './server.ts'

/** Starts a server so that its heap can be looked into; for `ServerOptions.command`. */
export const inspected: readonly [string, ...string[]] = [process.execPath, '--inspect=127.0.0.1:0', startFile]

interface HeapUsage {
  readonly usedSize?: number
  readonly backingStorageSize?: number
}

/** What a server that was started `inspected` holds: bytes of objects and buffers after a garbage collection that we force. */
export async function openHeap(server: {
  readonly stderr: string
}): Promise<{ used(): Promise<number>; close(): void }> {
  const url = await until('the inspector listens', () => /ws:\/\/\S+/.exec(server.stderr)?.[0])
  const socket = new WebSocket(url)
  const pending = new Map<number, (result: HeapUsage) => void>()
  let last = 0
  socket.onmessage = ({ data }) => {
    const { id, result } = JSON.parse(String(data))
    pending.get(id)?.(result)
    pending.delete(id)
  }
  await new Promise((resolve, reject) => {
    socket.onopen = resolve
    socket.onerror = reject
  })
  const ask = (method: string) =>
    new Promise<HeapUsage>(resolve => {
      last += 1
      pending.set(last, resolve)
      socket.send(JSON.stringify({ id: last, method }))
    })
  return {
    async used() {
      // Twice: finalizers of the first round free what the second takes.
      await ask('HeapProfiler.collectGarbage')
      await ask('HeapProfiler.collectGarbage')
      const { usedSize = Number.NaN, backingStorageSize = 0 } = await ask('Runtime.getHeapUsage')
      return usedSize + backingStorageSize
    },
    close: () => socket.close(),
  }
}
