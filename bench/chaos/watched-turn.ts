import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { AcceptedTurn, Conversation } from '#protocol'
import { createFrameReader } from './event-frames.ts'
import { type TurnView, viewTurn } from './turn-view.ts'

/** A turn that runs on a replica of our choice. */
export interface PlacedTurn {
  readonly question: string
  readonly turnId: string
}

/** Somebody who reads a turn on a replica of our choice. */
export interface Reader {
  readonly view: TurnView
  /** Resolves with the time, by the clock, once the condition holds; with undefined when the stream ended before. */
  until(condition: (view: TurnView) => boolean): Promise<number | undefined>
  leave(): void
}

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY })

/** Asks in a conversation of its own. */
export async function placeTurn(replicaUrl: string, key: string, question: string): Promise<PlacedTurn> {
  const made = await post(replicaUrl, key, '/conversations', { title: 'Chaos' }, {})
  const { id } = Conversation.parse(made)
  const headers = { prefer: 'respond-async' }
  const accepted = await post(replicaUrl, key, `/conversations/${id}/messages`, { content: question }, headers)
  return { question, turnId: AcceptedTurn.parse(accepted).turn_id }
}

export const stopTurn = (replicaUrl: string, key: string, turnId: string): Promise<unknown> =>
  post(replicaUrl, key, `/turns/${turnId}/stop`, {}, {})

/** Reads a turn from its beginning. The request leaves at once. */
export function readTurn(replicaUrl: string, key: string, turnId: string): Reader {
  const view = viewTurn(Date.now)
  const waiting = new Set<{ readonly condition: (view: TurnView) => boolean; tell(at: number | undefined): void }>()
  const settle = (over: boolean) => {
    const at = Date.now()
    for (const waiter of waiting) {
      const holds = waiter.condition(view)
      if (!holds && !over) continue
      waiting.delete(waiter)
      waiter.tell(holds ? at : undefined)
    }
  }
  const frames = createFrameReader(event => {
    view.apply(event)
    return true
  })
  let closed = false
  const headers = { authorization: `Bearer ${key}`, accept: 'text/event-stream' }
  const asking = request(`${replicaUrl}/api/v1/turns/${turnId}/events`, { agent, headers }, response => {
    response.on('error', () => {}) // a close follows
    response.setEncoding('utf8').on('data', (piece: string) => {
      frames.push(piece)
      settle(false)
    })
  })
  asking.on('error', () => {}) // a close follows
  asking.on('close', () => {
    closed = true
    settle(true)
  })
  asking.end()
  return {
    view,
    until(condition) {
      return new Promise(tell => {
        waiting.add({ condition, tell })
        settle(closed)
      })
    },
    leave: () => asking.destroy(),
  }
}

async function post(
  replicaUrl: string,
  key: string,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asking = request(
      `${replicaUrl}/api/v1${path}`,
      {
        method: 'POST',
        agent,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      },
      resolve,
    )
    asking.on('error', reject)
    asking.end(JSON.stringify(body))
  })
  const said = await text(response)
  if ((response.statusCode ?? 0) >= 300) throw new Error(`POST ${path}: ${response.statusCode} ${said}`)
  return JSON.parse(said)
}
