import { adminKey, type ParleyServer } from '../parley-server.ts'

export interface Answer {
  readonly text: string
  readonly finishReason: string | null
  readonly tokens: number
}

/** One conversation over the public API, with the server's own default model and parameters. */
export interface ParleyChat {
  say(content: string): Promise<Answer>
  /** The same, streamed. Milliseconds from the request's start. */
  stream(content: string): Promise<Answer & { readonly firstTokenMs: number; readonly endMs: number }>
}

const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' }

interface Message {
  readonly content: string
  readonly finish_reason: string | null
  readonly tokens: number | null
}

const answerOf = ({ content, finish_reason, tokens }: Message): Answer => ({
  text: content,
  finishReason: finish_reason,
  tokens: tokens ?? 0,
})

export async function openChat(server: ParleyServer): Promise<ParleyChat> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const { id } = (await (await post('/conversations', {})).json()) as { id: string }
  const path = `/conversations/${id}/messages`
  return {
    async say(content) {
      return answerOf((await (await post(path, { content })).json()) as Message)
    },
    async stream(content) {
      const startedAt = performance.now()
      const response = await post(path, { content, stream: true })
      let firstTokenMs = Number.NaN
      let received = ''
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        received += text
        if (Number.isNaN(firstTokenMs) && received.includes('event: token')) {
          firstTokenMs = performance.now() - startedAt
        }
      }
      const endMs = performance.now() - startedAt
      const done = /^event: done\ndata: (.*)$/m.exec(received)?.[1]
      if (done === undefined) throw new Error(`the answer did not end well: ${received.slice(-300)}`)
      return { ...answerOf((JSON.parse(done) as { message: Message }).message), firstTokenMs, endMs }
    },
  }
}
