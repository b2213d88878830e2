import type { ServerResponse } from 'node:http'
import { serveCluster } from './serve-cluster.ts'
import type { Scope } from './server.ts'

/**
 * A cluster over real HTTP that counts: asked "count to 50", it says "1 2 3 ... 50 ", a number a token, and goes on where
 * the text of a trailing assistant message ends. So every answer is known beforehand, and a continued one, too. Asked to
 * "count to 50 padded", it says 4 KiB a number.
 */
export interface CountingCluster {
  /** A `parley.yaml` with this as the only cluster, without limits and without a prompt cache. */
  readonly yaml: string
  /** Answers under way. */
  readonly open: number
}

interface Counter {
  readonly response: ServerResponse
  next: number
  readonly last: number
  /** What follows each number. */
  readonly pad: string
}

/** `tickMs` between two tokens; a question may name its own: "count to 50 every 20 ms". */
export async function startCountingCluster(scope: Scope, tickMs: number): Promise<CountingCluster> {
  const open = new Set<Counter>()
  const url = await serveCluster(scope, { id: 'counter', contextTokens: 100_000 }, (request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    request.on('end', () => begin(JSON.parse(text).messages, response))
  })

  function begin(messages: readonly { role: string; content: string }[], response: ServerResponse): void {
    // Questions that got no answer stand before the last one in the same message.
    const question =
      messages
        .findLast(message => message.role === 'user')
        ?.content.split('\n\n')
        .at(-1) ?? ''
    const said = messages.at(-1)?.role === 'assistant' ? (messages.at(-1)?.content ?? '') : ''
    const counter = {
      response,
      next: said.trim().split(/\s+/).filter(Boolean).length + 1,
      last: Number(/count to (\d+)/.exec(question)?.[1] ?? 3),
      pad: question.includes('padded') ? '.'.repeat(4_096) : ' ',
    }
    const own = /every (\d+) ms/.exec(question)?.[1]
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    open.add(counter)
    const timer = setInterval(() => step(counter), own === undefined ? tickMs : Number(own))
    response.on('close', () => {
      clearInterval(timer)
      open.delete(counter)
    })
  }

  return {
    yaml: `clusters:
  - { name: counter, url: ${url} }
limits: { messages_per_minute: 0, requests_per_minute: 0, tokens_per_minute: 0, running_turns: 0 }
cache: { scope: off }
`,
    get open() {
      return open.size
    },
  }
}

function step(counter: Counter): void {
  const { response } = counter
  if (response.writableEnded) return
  if (counter.next <= counter.last) {
    response.write(
      chunk({ choices: [{ index: 0, delta: { content: `${counter.next}${counter.pad}` }, finish_reason: null }] }),
    )
    counter.next += 1
    return
  }
  const usage = { prompt_tokens: 5, completion_tokens: counter.last, total_tokens: counter.last + 5 }
  response.write(chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
  response.end(`${chunk({ choices: [], usage })}data: [DONE]\n\n`)
}

const chunk = (body: object) => `data: ${JSON.stringify({ object: 'chat.completion.chunk', ...body })}\n\n`

/** What the cluster says when it may finish. */
export const countTo = (last: number): string => Array.from({ length: last }, (_, index) => `${index + 1} `).join('')
