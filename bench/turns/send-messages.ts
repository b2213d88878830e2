/** A process that sends messages: so many clients at once, each sending its next message when its last turn has ended. */
import { Agent, request } from 'node:http'
import { answerParent } from '../worker-process.ts'
import { conversationCount, conversationId } from './data-set.ts'

/** What the parent sends: begin, or stop and tell. */
export type SendPlan =
  | { readonly do: 'begin'; readonly url: string; readonly key: string; readonly clients: number }
  | { readonly do: 'stop' }

export interface SendResult {
  readonly sent: number
  /** How often each thing went wrong. */
  readonly errors: Readonly<Record<string, number>>
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })
const errors: Record<string, number> = {}
let sending = false
let sent = 0
let clients: readonly Promise<void>[] = []

answerParent(async (plan: SendPlan): Promise<SendResult> => {
  if (plan.do === 'begin') {
    sending = true
    clients = Array.from({ length: plan.clients }, (_, number) => runClient(plan.url, plan.key, number, plan.clients))
  } else {
    sending = false
    await Promise.all(clients)
  }
  return { sent, errors }
})

/** Sends to conversations of its own, in turn, so that no message waits for another's answer. */
async function runClient(url: string, key: string, number: number, step: number): Promise<void> {
  for (let index = number; sending; index = index + step < conversationCount ? index + step : number) {
    sent += 1
    const content = `What do you think of number ${sent} of ${process.pid}?`
    const status = await send(`${url}/api/v1/conversations/${conversationId(index)}/messages`, key, content)
    if (status !== '200') errors[status] = (errors[status] ?? 0) + 1
  }
}

/** Resolves with the status, or with what went wrong, when the turn has ended. */
function send(url: string, key: string, content: string): Promise<string> {
  const body = JSON.stringify({ content })
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  return new Promise(resolve => {
    const asked = request(url, { method: 'POST', agent, headers }, response => {
      response.resume().on('end', () => resolve(String(response.statusCode)))
    })
    asked.on('error', error => resolve('code' in error ? String(error.code) : error.name))
    asked.end(body)
  })
}
