import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { Chat, RequestClass } from '#chat'
import type { Log } from '#kit'
import type { Limits } from '../limits/limits.ts'
import { type CloseCode, closeCode } from './close-code.ts'
import { createFollows } from './follows.ts'
import { createFrameQueue } from './frame-queue.ts'
import { createFrameHandler } from './handle-frame.ts'
import { createOutbox } from './outbox.ts'
import type { SocketTiming } from './socket-timing.ts'

/** One client's socket, from its opening to its end. */
export interface Connection {
  /** Closes it for this reason. Turns go on. A second call changes nothing. */
  end(code: CloseCode, reason: string): void
  /** Closes it as `end` does, but only once nothing more is to be said about what the client has asked for. */
  endWhenIdle(code: CloseCode, reason: string): void
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>
}

export interface ConnectionDeps {
  readonly chat: Chat
  readonly limits: Limits
  readonly log: Log
  readonly timing: SocketTiming
  readonly socket: WebSocket
  /** The connection under it. */
  readonly connection: Socket
  readonly userId: string
  readonly class: RequestClass
  readonly requestId: string
  /** Whether what the client came with would still let it in. May fail, which proves nothing. */
  readonly stillWelcome: () => Promise<boolean>
  /** Counts one frame of any kind; false when it is one too many. */
  readonly mayReceive: () => boolean
}

export function openConnection(deps: ConnectionDeps): Connection {
  const { socket, connection, timing, log, requestId } = deps
  const closed = Promise.withResolvers<void>()
  let ending = false
  let endIfIdle = () => {}

  const outbox = createOutbox({
    socket,
    connection,
    slowMs: timing.slowMs,
    onRoom: () => follows.resume(),
    onSlow: () => end(closeCode.tryAgainLater, 'slow reader'),
  })
  const follows = createFollows(outbox, () => endIfIdle())
  const handle = createFrameHandler({ ...deps, outbox, follows })
  const queue = createFrameQueue({
    // What a frame is answered with would pile up before a client that does not read.
    async handle(text) {
      await outbox.room()
      if (!ending) await handle(text)
    },
    holdBack: held => (held ? socket.pause() : socket.resume()),
    onIdle: () => endIfIdle(),
  })

  function received(): boolean {
    if (ending) return false
    if (deps.mayReceive()) return true
    end(closeCode.flood, 'too many frames')
    return false
  }

  let awaited = false
  const pings = setInterval(() => {
    // Behind a full socket the ping is still on its way, and the pong may wait where we do not read: no proof of death.
    if (outbox.full || socket.isPaused) return
    if (awaited) {
      end(closeCode.deadPeer, 'no pong')
      return
    }
    awaited = true
    socket.ping()
  }, timing.pingEveryMs)

  let recheck: NodeJS.Timeout | undefined
  function recheckLater(): void {
    recheck = setTimeout(async () => {
      try {
        if (!(await deps.stillWelcome())) end(closeCode.unauthenticated, 'unauthenticated')
      } catch (error) {
        log.debug({ request_id: requestId, error }, 'a caller could not be looked up; their socket stays')
      }
      if (!ending) recheckLater()
    }, timing.recheckMs)
  }

  function letGo(): void {
    ending = true
    clearInterval(pings)
    clearTimeout(recheck)
    queue.clear()
    follows.close()
    outbox.close()
  }

  function end(code: CloseCode, reason: string): void {
    if (ending) return
    letGo()
    log.info({ request_id: requestId, code, reason }, 'closing a socket')
    // The library ends the connection when the client does not answer within `closingMs`.
    socket.close(code, reason)
  }

  socket.on('message', (data, isBinary) => {
    if (received()) queue.push(isBinary ? undefined : data.toString())
  })
  socket.on('ping', data => {
    if (received() && !outbox.full) socket.pong(data)
  })
  socket.on('pong', () => {
    if (received()) awaited = false
  })
  socket.on('close', code => {
    if (!ending) log.info({ request_id: requestId, code }, 'a client closed its socket')
    letGo()
    closed.resolve()
  })
  recheckLater()

  return {
    end,
    endWhenIdle(code, reason) {
      endIfIdle = () => {
        if (follows.size === 0 && queue.idle) end(code, reason)
      }
      endIfIdle()
    },
    closed: closed.promise,
  }
}
