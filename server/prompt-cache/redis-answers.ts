import { z } from 'zod'
import { Away, type Clock, type IdSource, type Log } from '#kit'
import type { OpenRedis, RedisConnection } from '#redis'
import type { AnswerKey } from './answer-key.ts'
import type { AnswerStore } from './answer-store.ts'
import { createForgottenConversations, forgottenForMs } from './forgotten-conversations.ts'
import { KeptAnswer } from './kept-answer.ts'

export interface RedisAnswersOptions {
  readonly openLink: OpenRedis
  readonly ttlMs: number
  readonly clock: Clock
  readonly log: Log
  readonly newId: IdSource
}

type Send = RedisConnection['send']

/** Nobody notices a tenth of a second before an answer; a Redis nearby needs a hundredth of that. */
const limitMs = 100

/** Raised whenever what lies under the keys changes its form: old and new processes then do not see each other's. */
const prefix = 'parley:answers:1'
// Braces tell a cluster which part of a key decides its node: all keys of an answer lie together, as do a conversation's.
const entryOf = (key: AnswerKey) => `${prefix}:{${key}}`
const leaseOf = (key: AnswerKey) => `${prefix}:{${key}}:lease`
const indexOf = (conversationId: string) => `${prefix}:{${conversationId}}:keys`
const tombstoneOf = (conversationId: string) => `${prefix}:{${conversationId}}:forgotten`

const Entry = z.object({ conversationId: z.string(), answer: KeptAnswer })

/**
 * Answers in Redis, for all processes that use it. An entry counts only while its conversation's index names it, and a
 * forgotten conversation gets no index: so it is one script on one node that decides between a `put` and a `forget`.
 */
export function openRedisAnswers({ openLink, ttlMs, clock, log, newId }: RedisAnswersOptions): AnswerStore {
  const ttl = String(ttlMs)
  const forgottenFor = forgottenForMs(ttlMs)
  const forgotten = createForgottenConversations(clock, forgottenFor)
  const link = openLink({
    tryOut: send => runScript(send, tryOutScript, [`${prefix}:try-out:${newId()}`], ['1000']),
    onReturn: () => void tellForgotten(),
    use: { purpose: 'answers are kept in Redis', without: 'no answer is kept or found' },
    limitMs,
  })

  /** A Redis that comes back may have missed some, or have lost them with its memory: it is told all, one by one. */
  async function tellForgotten(): Promise<void> {
    try {
      for (const conversationId of forgotten.all()) await tell(conversationId)
    } catch (error) {
      if (!(error instanceof Away)) log.error({ error }, 'forgotten conversations were not told by a bug')
    }
  }

  const tell = (conversationId: string) =>
    link.run(async send => {
      const tombstone = tombstoneOf(conversationId)
      const keys = await runScript(send, forgetScript, [indexOf(conversationId), tombstone], [String(forgottenFor)])
      // Nobody is given these any more; what is left to do is not to keep them.
      await Promise.all(AnswerKeys.parse(keys).map(key => send(entryOf(key), ['UNLINK', entryOf(key)])))
    })

  return {
    read: key =>
      link.run(async send => {
        const entry = parseEntry(await send(entryOf(key), ['GET', entryOf(key)]))
        if (entry === undefined || !(await isListed(send, entry.conversationId, key))) return undefined
        return forgotten.has(entry.conversationId) ? undefined : entry.answer
      }),
    async write(key, answer, conversationId) {
      if (forgotten.has(conversationId)) return
      await link.run(async send => {
        const tombstone = tombstoneOf(conversationId)
        if ((await runScript(send, listScript, [indexOf(conversationId), tombstone], [key, ttl])) !== 1) return
        await setFor(send, entryOf(key), JSON.stringify({ conversationId, answer }), ttl)
        // Forgotten in between, it counts no more, but would lie there for its time to live.
        if (!(await isListed(send, conversationId, key))) await send(entryOf(key), ['UNLINK', entryOf(key)])
      })
    },
    async forget(conversationId) {
      forgotten.add(conversationId)
      await tell(conversationId).catch((error: unknown) => {
        if (!(error instanceof Away)) log.error({ error }, 'a conversation was not forgotten by a bug')
      })
    },
    acquire: (key, holder, leaseMs) =>
      link.run(async send => {
        const lease = leaseOf(key)
        return (await send(lease, ['SET', lease, holder, 'NX', 'PX', String(leaseMs)])) === 'OK'
      }),
    renew: (key, holder, leaseMs) =>
      link.run(async send => (await runScript(send, renewScript, [leaseOf(key)], [holder, String(leaseMs)])) === 1),
    release: (key, holder) =>
      link.run(async send => {
        await runScript(send, releaseScript, [leaseOf(key)], [holder])
      }),
    close: link.close,
  }
}

/** A Redis that is full, or where this user may not run scripts, is better known before it fails a call. */
const tryOutScript = `
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])`

/** Lists an entry in its conversation's index, unless that was forgotten. The index outlives its youngest entry's `put`. */
const listScript = `
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`

const forgetScript = `
redis.call('SET', KEYS[2], '', 'PX', ARGV[1])
local keys = redis.call('SMEMBERS', KEYS[1])
redis.call('DEL', KEYS[1])
return keys`

const renewScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

const AnswerKeys = z.array(z.custom<AnswerKey>(value => typeof value === 'string'))

/** Sent whole each time: Redis compiles a script it has seen only once, and a restart needs no second try. */
const runScript = (send: Send, script: string, keys: readonly [string, ...string[]], values: readonly string[]) =>
  send(keys[0], ['EVAL', script, String(keys.length), ...keys, ...values])

const setFor = (send: Send, key: string, value: string, ms: string) => send(key, ['SET', key, value, 'PX', ms])

const isListed = async (send: Send, conversationId: string, key: AnswerKey) =>
  (await send(indexOf(conversationId), ['SISMEMBER', indexOf(conversationId), key])) === 1

/** Undefined also for what does not parse: an entry that another program wrote or cut is none. */
function parseEntry(text: unknown): z.infer<typeof Entry> | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return Entry.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
