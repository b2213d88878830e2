import { z } from 'zod'
import { Away, type Log } from '#kit'
import type { Channel } from './channel.ts'

/** Whoever answers at the other end. */
export interface Hub {
  /**
   * The answer; parse it. Rejects with `Away` when there is none in time; at once, and then nothing is asked, while the
   * other end has not said a word since a question that it did not answer in time. What was asked in vain may be done all
   * the same, later.
   */
  ask(subject: string, question: unknown, terms: AskingTerms): Promise<unknown>
}

export interface AskingTerms {
  readonly limitMs: number
  /** Asked also of one who is away, who does it once they are back. */
  readonly surely?: boolean
}

/** Both ends ask and answer. */
export interface Line extends Hub {
  /** Whatever still waits for an answer is told that there will be none. */
  close(): void
}

export interface LineOptions {
  readonly channel: Channel
  /** Answers the other end; what it throws is logged as a bug, and reaches whoever asked as `Away`. */
  readonly answer: (subject: string, question: unknown) => Promise<unknown>
  readonly log: Log
}

const Message = z.discriminatedUnion('parley', [
  z.object({ parley: z.literal('question'), id: z.int(), subject: z.string(), question: z.unknown() }),
  z.object({ parley: z.literal('answer'), id: z.int(), answer: z.unknown() }),
  z.object({ parley: z.literal('failure'), id: z.int() }),
])
type Message = z.infer<typeof Message>

export function openLine({ channel, answer, log }: LineOptions): Line {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  let away = false

  function send(message: Message): void {
    channel.send(message, error => {
      if (error !== null && message.parley === 'question') waiting.get(message.id)?.reject(new Away(error))
    })
  }

  async function reply(id: number, subject: string, question: unknown): Promise<void> {
    try {
      send({ parley: 'answer', id, answer: await answer(subject, question) })
    } catch (error) {
      log.error({ subject, error }, 'a question was not answered by a bug')
      send({ parley: 'failure', id })
    }
  }

  channel.onMessage(received => {
    const { data: message } = Message.safeParse(received)
    if (message === undefined) return
    away = false
    switch (message.parley) {
      case 'question':
        void reply(message.id, message.subject, message.question)
        return
      case 'answer':
        waiting.get(message.id)?.resolve(message.answer)
        return
      case 'failure':
        waiting.get(message.id)?.reject(new Away())
        return
    }
  })

  return {
    async ask(subject, question, { limitMs, surely = false }) {
      if (away && !surely) throw new Away()
      const id = ++lastId
      const answered = Promise.withResolvers<unknown>()
      waiting.set(id, answered)
      const giveUp = () => {
        away = true
        answered.reject(new Away(new Error('no answer in time')))
      }
      // After a stall of our own, timers come before the answers that have arrived meanwhile: those get their turn first.
      const timer = setTimeout(() => setImmediate(() => waiting.has(id) && giveUp()), limitMs)
      send({ parley: 'question', id, subject, question })
      try {
        return await answered.promise
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    close() {
      for (const answered of waiting.values()) answered.reject(new Away())
    },
  }
}
