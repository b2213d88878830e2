import type { Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** The way out of one socket. It keeps no queue: whoever has more to say than fits holds it until there is room. */
export interface Outbox {
  /** Sends one frame. Whoever may send much looks at `full` before. */
  send(frame: object): void
  /** What `work` sends goes out in one write. */
  together(work: () => void): void
  /** The client takes less than it is sent. */
  readonly full: boolean
  /** Resolves as soon as there is room, if only for one: others may have filled it again. */
  room(): Promise<void>
  /** Sends nothing from now on; whoever waits for room is let go. */
  close(): void
}

export interface OutboxDeps {
  readonly socket: WebSocket
  /** The connection under it. */
  readonly connection: Writable
  /** How long it may stay full. */
  readonly slowMs: number
  /** There is room again. */
  readonly onRoom: () => void
  /** It stayed full for too long. */
  readonly onSlow: () => void
}

/** Bytes not yet taken by the operating system from which on a socket is full. */
const highWaterBytes = 65_536

export function createOutbox({ socket, connection, slowMs, onRoom, onSlow }: OutboxDeps): Outbox {
  let slow: NodeJS.Timeout | undefined
  let room = Promise.withResolvers<void>()
  let closed = false

  const isFull = () => socket.bufferedAmount >= highWaterBytes

  function weigh(): void {
    if (slow === undefined && isFull()) slow = setTimeout(onSlow, slowMs)
  }

  function written(): void {
    if (slow === undefined || isFull()) return
    letGo()
    onRoom()
  }

  function letGo(): void {
    clearTimeout(slow)
    slow = undefined
    room.resolve()
    room = Promise.withResolvers()
  }

  return {
    send(frame) {
      if (closed) return
      socket.send(JSON.stringify(frame), written)
      weigh()
    },
    together(work) {
      connection.cork()
      try {
        work()
      } finally {
        connection.uncork()
      }
    },
    get full() {
      return slow !== undefined
    },
    async room() {
      if (slow !== undefined) await room.promise
    },
    close() {
      closed = true
      letGo()
    },
  }
}
