import type { IncomingMessage, ServerResponse } from 'node:http'
import { serveCluster } from '../support/serve-cluster.ts'
import { type Scope, unlimited, until } from '../support/server.ts'

/**
 * An endpoint that speaks the streaming chat completions of OpenAI and does what the last paragraph of the prompt says: `wait ...` is
 * held back until the test goes on, `fail ...` ends its stream after some text, `refuse ...` is a 500, `too long ...` is over
 * the context, `shrug ...` says nothing. Whatever else comes is answered at once with `You said: ...`.
 */
export interface StandInCluster {
  /** A `parley.yaml` with this as the only cluster, without limits and without a prompt cache. */
  readonly yaml: string
  /** Every generation that was asked for, oldest first. */
  readonly generations: readonly HeldGeneration[]
  /** The generation for the message `prompt`, as soon as it has begun. */
  begun(prompt: string): Promise<HeldGeneration>
}

/** One answer, in the test's hands where its prompt says `wait`. */
export interface HeldGeneration {
  readonly messages: readonly PromptMessage[]
  readonly body: Readonly<Record<string, unknown>>
  /** The other side has hung up before the end. */
  readonly abandoned: boolean
  /** Sends a piece of text. */
  say(text: string): void
  /** Ends the answer as it should end. */
  finish(): void
}

interface PromptMessage {
  readonly role: string
  readonly content: string
}

/** The one model it lists. */
export const standInModel = 'stand-in'

/** Listens until the end of the scope. */
export async function startStandIn(scope: Scope, contextTokens = 8_192): Promise<StandInCluster> {
  const generations: HeldGeneration[] = []
  const url = await serveCluster(scope, { id: standInModel, contextTokens }, (request, response) => {
    void readJson(request).then(body => {
      const generation = openGeneration(body, response)
      generations.push(generation)
      obey(lastOf(generation), generation, response)
    })
  })
  return {
    yaml: `${unlimited}cache: { scope: off }\nclusters:\n  - name: stand-in\n    url: ${url}\n`,
    generations,
    begun: prompt => until(`"${prompt}" is generated`, () => generations.find(held => lastOf(held) === prompt)),
  }
}

function obey(prompt: string, generation: HeldGeneration, response: ServerResponse): void {
  switch (/^(wait|fail|refuse|too long|shrug)\b/i.exec(prompt)?.[1]?.toLowerCase()) {
    case 'wait':
      break
    case 'fail':
      generation.say('Half an ans')
      response.end()
      break
    case 'refuse':
      refuse(response, 500, { message: 'upstream-secret: the engine is on fire' })
      break
    case 'too long':
      refuse(response, 400, {
        message: 'too long',
        code: 'context_length_exceeded',
        n_prompt_tokens: 9_999,
        n_ctx: 8_192,
      })
      break
    case 'shrug':
      generation.finish()
      break
    default:
      generation.say(`You said: ${prompt}`)
      generation.finish()
  }
}

function openGeneration(body: HeldGeneration['body'], response: ServerResponse): HeldGeneration {
  let said = 0
  let abandoned = false
  response.once('close', () => {
    abandoned = !response.writableEnded
  })
  const send = (chunk: object) => response.write(`data: ${JSON.stringify({ id: 'x', ...chunk })}\n\n`)
  response.setHeader('content-type', 'text/event-stream')
  return {
    body,
    messages: body.messages as readonly PromptMessage[],
    get abandoned() {
      return abandoned
    },
    say(text) {
      said += 1
      send({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })
    },
    finish() {
      send({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
      send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: said } })
      response.end('data: [DONE]\n\n')
    },
  }
}

function refuse(response: ServerResponse, status: number, error: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error }))
}

/** Messages whose answers never came stand before the last one in the same text. */
const lastOf = ({ messages }: HeldGeneration) => messages.at(-1)?.content.split('\n\n').at(-1) ?? ''

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}
