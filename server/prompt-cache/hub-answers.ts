import { z } from 'zod'
import type { Hub } from '#hub'
import type { AnswerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import { KeptAnswer } from './kept-answer.ts'

/** What a cache asks the hub about. */
export const answersSubject = 'answers'

/** Nobody notices a tenth of a second before an answer; the hub needs a hundredth of that. */
const limitMs = 100

const Key = z.custom<AnswerKey>(value => typeof value === 'string')
const Lease = { key: Key, holder: z.string() }

const Question = z.discriminatedUnion('what', [
  z.object({ what: z.literal('read'), key: Key }),
  z.object({ what: z.literal('write'), key: Key, answer: KeptAnswer, conversationId: z.string() }),
  z.object({ what: z.literal('forget'), conversationId: z.string() }),
  z.object({ what: z.literal('acquire'), ...Lease, leaseMs: z.number() }),
  z.object({ what: z.literal('renew'), ...Lease, leaseMs: z.number() }),
  z.object({ what: z.literal('release'), ...Lease }),
])
type Question = z.infer<typeof Question>

/** Answers that lie in the hub, for all workers. */
export function createHubAnswers(hub: Hub): AnswerStore {
  let forgets = 0
  const ask = (question: Question, surely = false) => hub.ask(answersSubject, question, { limitMs, surely })
  const isSo = async (question: Question) => z.boolean().parse(await ask(question))
  return {
    async read(key) {
      const before = forgets
      const answer = KeptAnswer.optional().parse(await ask({ what: 'read', key }))
      // Questions are answered in their order, so only an answer that was under way may be of what was forgotten.
      return forgets === before ? answer : undefined
    },
    async write(key, answer, conversationId) {
      await ask({ what: 'write', key, answer, conversationId })
    },
    async forget(conversationId) {
      forgets++
      // One who is away hears of it all the same, once they are back.
      await ask({ what: 'forget', conversationId }, true).catch(() => {})
    },
    acquire: (key, holder, leaseMs) => isSo({ what: 'acquire', key, holder, leaseMs }),
    renew: (key, holder, leaseMs) => isSo({ what: 'renew', key, holder, leaseMs }),
    async release(key, holder) {
      await ask({ what: 'release', key, holder })
    },
    async close() {},
  }
}

/** The hub's side: answers a question from what `store` holds. */
export async function answerAboutAnswers(store: AnswerStore, asked: unknown): Promise<unknown> {
  const question = Question.parse(asked)
  switch (question.what) {
    case 'read':
      return store.read(question.key)
    case 'write':
      return store.write(question.key, question.answer, question.conversationId)
    case 'forget':
      return store.forget(question.conversationId)
    case 'acquire':
      return store.acquire(question.key, question.holder, question.leaseMs)
    case 'renew':
      return store.renew(question.key, question.holder, question.leaseMs)
    case 'release':
      return store.release(question.key, question.holder)
  }
}
