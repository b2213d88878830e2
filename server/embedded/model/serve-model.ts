import type { AddressInfo } from 'node:net'
import type { Log } from '#kit'
import type { ChildMessage, Start } from './channel.ts'
import { createChatEngine } from './chat-engine.ts'
import { LoadFailure, loadModel } from './load-model.ts'
import { createModelServer } from './model-server.ts'

/** Loads the model and serves it on 127.0.0.1; reports `ready` or `failed` through `send`, and never throws. */
export async function serveModel(start: Start, send: (message: ChildMessage) => void): Promise<void> {
  const log = createChannelLog(start.name, send)
  const startedAt = performance.now()
  let toldAt = startedAt
  try {
    const loaded = await loadModel(start, log, () => {
      if (performance.now() - toldAt < 1_000) return
      toldAt = performance.now()
      send({ type: 'loading' })
    })
    const engine = createChatEngine(loaded, start.temperature)
    const server = createModelServer({ name: start.name, apiKey: start.apiKey, engine, log })
    server.once('error', error => send({ type: 'failed', reason: `its port could not be opened: ${error.message}` }))
    server.listen(start.port, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      const { contextTokens, threads } = loaded
      send({ type: 'ready', port, contextTokens, threads, loadMs: Math.round(performance.now() - startedAt) })
    })
  } catch (error) {
    if (!(error instanceof LoadFailure))
      log.error({ stack: error instanceof Error ? error.stack : undefined }, 'loading the model threw')
    send({ type: 'failed', reason: error instanceof LoadFailure ? error.message : 'the loader failed unexpectedly' })
  }
}

function createChannelLog(model: string, send: (message: ChildMessage) => void): Log {
  const write = (level: 'debug' | 'warn' | 'error') => (fields: Readonly<Record<string, unknown>>, message: string) =>
    send({ type: 'log', level, fields: { model, ...fields }, message })
  return { debug: write('debug'), info: write('debug'), warn: write('warn'), error: write('error') }
}
