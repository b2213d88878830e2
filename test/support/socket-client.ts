/** A WebSocket client for tests, which keeps every frame it is sent. */
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { type ClientOptions, WebSocket } from 'ws'
import { atEnd, type Scope } from './server.ts'

export interface SocketClient {
  readonly socket: WebSocket
  /** Every frame so far, oldest first. */
  readonly frames: readonly Frame[]
  /** Sends an object as JSON, a text as it is. */
  send(frame: object | string): void
  /** The first frame, from `from` on, that the condition holds for; waits for it. */
  frame(condition: (frame: Frame) => boolean, from?: number): Promise<Frame>
  /** Sends a frame, and waits for the next one that comes. */
  ask(frame: object | string): Promise<Frame>
  /** How it was closed, once it is. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export type Frame = Readonly<Record<string, unknown>>

export interface ConnectOptions extends ClientOptions {
  readonly key?: string
  readonly protocols?: string[]
}

const patienceMs = 30_000

/** Connects to `/api/v1/ws` of a server, whose address begins with `http`. Ended at the end of the scope. */
export async function connect(scope: Scope, url: string, options: ConnectOptions = {}): Promise<SocketClient> {
  const { key, protocols = [], ...rest } = options
  const headers = { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...rest.headers }
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/ws`, protocols, { ...rest, headers })
  atEnd(scope, () => socket.terminate())
  const frames: Frame[] = []
  let tell = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  socket.on('message', data => {
    frames.push(JSON.parse(data.toString()))
    tell.resolve()
    tell = Promise.withResolvers()
  })
  socket.on('close', (code, reason) => closed.resolve({ code, reason: reason.toString() }))
  socket.on('error', () => {}) // told by `closed`
  await once(socket, 'open')

  const client: SocketClient = {
    socket,
    frames,
    send: frame => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async frame(condition, from = 0) {
      const deadline = performance.now() + patienceMs
      for (let index = from; ; index++) {
        while (index >= frames.length) {
          const leftMs = deadline - performance.now()
          if (leftMs <= 0) throw new Error(`no such frame came, but: ${JSON.stringify(frames).slice(0, 2_000)}`)
          await Promise.race([tell.promise, wait(leftMs, undefined, { ref: false })])
        }
        const frame = frames[index]
        if (frame !== undefined && condition(frame)) return frame
      }
    },
    ask(frame) {
      const from = frames.length
      client.send(frame)
      return client.frame(() => true, from)
    },
    closed: closed.promise,
  }
  return client
}
