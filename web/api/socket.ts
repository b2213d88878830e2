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
  /** False: there has been no connection for some seconds, though one is wanted. True: there is one again. */
  readonly onReach: (reached: boolean) => void
  /** Whether a connection is worth having now. */
  readonly wanted: () => boolean
}

/** One connection for all turns of the page, made anew whenever it breaks. */
export interface Socket {
  /** Connects unless it is connected. Safe to call at any time. */
  connect(): void
  send(frame: object): void
}

const closed = { unauthenticated: 4401, tooMany: 1008 } as const
const firstRetryMs = 250
const longestRetryMs = 10_000
/** A connection is good once it has lasted so long: one may be accepted only to be told to come again later. */
const goodAfterMs = 5_000
/** A connection that says nothing for so long is tried with a ping; without an answer in time it is dead. */
const silenceMs = 20_000
const pongMs = 5_000
/** How long one may take to be made: into some networks packets go and nothing comes back. */
const openingMs = 10_000
/** Whoever reads notices no shorter break, and need not be told of it. */
const unreachedAfterMs = 3_000

/**
 * A WebSocket to `/api/v1/ws` (the cookie says who we are). Browsers do not tell when a network goes away beneath an open
 * socket, so silence is probed; coming back online or to the tab tries at once.
 */
export function createSocket({ onOpen, onFrame, onReach, wanted }: SocketHandlers): Socket {
  let socket: WebSocket | undefined
  let retries = 0
  let retry: number | undefined
  let patience: number | undefined
  let unreached: number | undefined

  function hear(): void {
    clearTimeout(patience)
    patience = setTimeout(probe, silenceMs)
  }

  function probe(): void {
    send({ type: 'ping' })
    clearTimeout(patience)
    patience = setTimeout(drop, pongMs)
  }

  /** Lets go of it without waiting for its end, which on a dead network takes the browser a minute to notice. */
  function drop(): void {
    clearTimeout(patience)
    if (socket === undefined) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
    socket = undefined
    retryLater()
  }

  function connect(): void {
    clearTimeout(retry)
    if (socket !== undefined) return
    if (!wanted()) {
      clearTimeout(unreached)
      unreached = undefined
      return
    }
    unreached ??= setTimeout(() => onReach(false), unreachedAfterMs)
    const address = new URL('/api/v1/ws', location.href)
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:'
    const session = currentSession()
    const made = new WebSocket(address)
    socket = made
    patience = setTimeout(drop, openingMs)
    let good: number | undefined
    made.onopen = () => {
      good = setTimeout(() => {
        retries = 0
      }, goodAfterMs)
      hear()
      clearTimeout(unreached)
      unreached = undefined
      onReach(true)
      onOpen()
    }
    made.onmessage = ({ data }) => {
      hear()
      onFrame(JSON.parse(data))
    }
    made.onclose = ({ code }) => {
      clearTimeout(patience)
      clearTimeout(good)
      socket = undefined
      // Without a session none would last: whoever signs in again connects.
      if (code === closed.unauthenticated) sessionEnded(session)
      else retryLater(code === closed.tooMany)
    }
  }

  function retryLater(patiently = false): void {
    const waitMs = patiently ? longestRetryMs : Math.min(longestRetryMs, firstRetryMs * 2 ** retries++)
    // Spread, so that a server that comes back is not met by everybody at once.
    retry = setTimeout(connect, waitMs * (0.5 + Math.random() / 2))
  }

  function send(frame: object): void {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  /** The network, or the machine, was away: what looks open may be dead, and a wait may be over. */
  function wake(): void {
    if (socket?.readyState === WebSocket.OPEN) probe()
    else connect()
  }

  addEventListener('online', wake)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake())
  return { connect, send }
}
