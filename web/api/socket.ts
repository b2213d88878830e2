import type { TurnEvent } from '#protocol'
import { currentSession, sessionEnded } from './session.ts'

/** What comes over the socket: events of turns, and answers to pings. An `error` may be about a frame, without a turn. */
export type Frame =
  | TurnEvent
  | { readonly type: 'pong' }
  | { readonly type: 'error'; readonly code: string; readonly turn_id?: string }

export interface SocketHandlers {
  /** Everything wanted must be asked for (again): a connection has been made. */
  readonly onOpen: () => void
  readonly onFrame: (frame: Frame) => void
  /** Whether a connection is worth having now. */
  readonly wanted: () => boolean
}

/** One connection for all turns of the page, made anew whenever it breaks. */
export interface Socket {
  /** Connects unless it is connected. Safe to call at any time. */
  connect(): void
  send(frame: object): void
  readonly open: boolean
}

const signedOutCode = 4401
const firstRetryMs = 250
const longestRetryMs = 10_000
/** A connection that says nothing for so long is tried with a ping; without an answer in time it is dead. */
const silenceMs = 20_000
const pongMs = 5_000

/**
 * A WebSocket to `/api/v1/ws` (the cookie says who we are). Browsers do not tell when a network goes away beneath an open
 * socket, so silence is probed; coming back online or to the tab tries at once.
 */
export function createSocket({ onOpen, onFrame, wanted }: SocketHandlers): Socket {
  let socket: WebSocket | undefined
  let retries = 0
  let retry: number | undefined
  let silence: number | undefined

  function hear(): void {
    clearTimeout(silence)
    silence = setTimeout(() => {
      send({ type: 'ping' })
      silence = setTimeout(() => socket?.close(), pongMs)
    }, silenceMs)
  }

  function connect(): void {
    clearTimeout(retry)
    if (socket !== undefined || !wanted()) return
    const address = new URL('/api/v1/ws', location.href)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const session = currentSession()
    const made = new WebSocket(address)
    socket = made
    made.onopen = () => {
      retries = 0
      hear()
      onOpen()
    }
    made.onmessage = ({ data }) => {
      hear()
      onFrame(JSON.parse(data))
    }
    made.onclose = ({ code }) => {
      clearTimeout(silence)
      socket = undefined
      // Without a session none would last: whoever signs in again connects.
      if (code === signedOutCode) sessionEnded(session)
      else retryLater()
    }
  }

  function retryLater(): void {
    const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** retries++)
    // Spread, so that a server that comes back is not met by everybody at once.
    retry = setTimeout(connect, waitMs * (0.5 + Math.random() / 2))
  }

  function send(frame: object): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  addEventListener('online', connect)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && connect())
  return {
    connect,
    send,
    get open() {
      return socket?.readyState === WebSocket.OPEN
    },
  }
}
