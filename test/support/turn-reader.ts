import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { TurnEvent } from '#protocol'
import { adminKey, until } from './server.ts'

/** The text of one turn as a client shows it, by the contract's rules and no others. */
export interface ShownTurn {
  readonly text: string
  /** Of the last event that was applied. */
  readonly seq: number
  readonly turnId: string
  /** `done` or `error`, once it came. */
  readonly end: Extract<TurnEvent, { type: 'done' | 'error' }> | undefined
  /** When each change of the text was applied: its length then, and the time. */
  readonly growth: readonly { readonly length: number; readonly at: number }[]
  apply(event: TurnEvent): void
}

export function showTurn(): ShownTurn {
  let text = ''
  let seq = 0
  let turnId = ''
  let end: ShownTurn['end']
  const growth: { length: number; at: number }[] = []
  const show = (next: string) => {
    text = next
    growth.push({ length: text.length, at: performance.now() })
  }
  return {
    get text() {
      return text
    },
    get seq() {
      return seq
    },
    get turnId() {
      return turnId
    },
    get end() {
      return end
    },
    growth,
    apply(event) {
      turnId = event.turn_id
      if (event.type === 'status' || event.seq <= seq) return
      assert.equal(end, undefined, 'nothing comes after the end')
      seq = event.seq
      if (event.type === 'token') {
        assert.equal(event.offset, text.length, 'a token stands where the text ends: nothing twice, nothing missing')
        show(text + event.content)
      } else if (event.type === 'snapshot') {
        show(event.content)
      } else if (event.type === 'done' || event.type === 'error') {
        end = event
      }
    },
  }
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

export interface ReadOptions {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Cut the connection after so many events. */
  readonly cutAfter?: number
}

/**
 * Reads server-sent events and applies them, until the stream ends, or is cut by us or by the server. Resolves with the
 * status; other answers than 200 are not read.
 */
export function readEvents(url: string, shown: ShownTurn, options: ReadOptions = {}): Promise<number> {
  const { method = 'GET', body, headers = {}, cutAfter = Number.POSITIVE_INFINITY } = options
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method,
        agent,
        headers: {
          authorization: `Bearer ${adminKey}`,
          accept: 'text/event-stream',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      response => {
        const status = response.statusCode ?? 0
        let rest = ''
        let events = 0
        response.setEncoding('utf8')
        response.on('data', (piece: string) => {
          if (status !== 200) return
          const frames = (rest + piece).split('\n\n')
          rest = frames.pop() ?? ''
          try {
            for (const frame of frames) {
              const data = /^data: (.*)$/m.exec(frame)?.[1]
              if (data === undefined) continue
              if (events++ >= cutAfter) {
                outgoing.destroy()
                return
              }
              shown.apply(TurnEvent.parse(JSON.parse(data)))
            }
          } catch (error) {
            outgoing.destroy()
            reject(error)
          }
        })
        response.on('close', () => resolve(status))
      },
    )
    outgoing.on('error', () => resolve(0))
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** How many sockets the readers of a test hold at most: a user may have 20, and a closed one counts until it is gone. */
const mostSockets = 8
let sockets = 0

/** The same over a WebSocket: follows the turn from where the reader is, until it has ended or is cut. */
export async function followTurn(serverUrl: string, shown: ShownTurn, cutAfter: number): Promise<void> {
  await until('a socket is free', () => sockets < mostSockets)
  sockets += 1
  const socket = new WebSocket(`${serverUrl.replace('http', 'ws')}/api/v1/ws`, ['parley.v1', `bearer.${adminKey}`])
  const over = Promise.withResolvers<void>()
  let events = 0
  socket.onopen = () => socket.send(JSON.stringify({ type: 'follow', turn_id: shown.turnId, after: shown.seq }))
  socket.onerror = () => over.reject(new Error('the socket failed'))
  socket.onclose = () => over.resolve()
  socket.onmessage = ({ data }) => {
    if (events++ >= cutAfter) {
      socket.close()
      return
    }
    try {
      const event = TurnEvent.safeParse(JSON.parse(String(data)))
      if (!event.success) throw new Error(`no event of a turn: ${String(data)}`)
      shown.apply(event.data)
      if (shown.end !== undefined) socket.close()
    } catch (error) {
      over.reject(error)
    }
  }
  try {
    await over.promise
  } finally {
    socket.close()
    sockets -= 1
  }
}
