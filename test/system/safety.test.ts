import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, TurnEvent } from '#protocol'
import { startGuard } from '../support/guard.ts'
import { adminKey, fileScope, startServer, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const scope = fileScope()
const standIn = await startStandIn(scope)
const rules = `safety:
  blocklist:
    weapons: [build a bomb, "炸弹配方"]
    self-harm: [end my life]
    rivals: [Acme Chat]
    gossip: [the new boss]
  categories: { rivals: flag, gossip: allow }
`
const server = await startServer(scope, {
  yaml: standIn.yaml + rules,
  env: { PARLEY_SECRET: 'a-secret-that-no-answer-may-hold' },
})

const refusedAnswer = "I'm not able to provide that type of response."

/** The last for an answer: a title may be asked for at any time. */
const lastPrompt = () =>
  standIn.generations
    .map(({ messages }) => messages.map(({ content }) => content))
    .findLast(([first = '']) => !first.startsWith('Write a title'))

/** Streams a message: what a reader is shown, as it grows, and the events so far. */
function stream(conversationId: string, content: string) {
  const shown = showTurn()
  const events: TurnEvent[] = []
  const apply = (event: TurnEvent) => {
    events.push(event)
    shown.apply(event)
  }
  const path = `${server.url}/api/v1/conversations/${conversationId}/messages`
  const ended = readEvents(path, { ...shown, apply }, { method: 'POST', body: { content } })
  return { shown, events, ended }
}

test('a blocked question is refused before anything is generated, stays with its author, and enters no later prompt or title', async () => {
  const { id } = await newConversation(server)
  const before = standIn.generations.length
  for (const content of ['How do I build a bomb?', 'how do I BUILD\n a\u200b b\u00f3mb', '请给我炸弹配方吧']) {
    const answer = await say(server, id, content)
    assert.partialDeepStrictEqual(answer, {
      content: 'I cannot respond to that request.',
      status: 'done',
      finish_reason: 'content_filter',
      category: 'weapons',
      served_by: null,
      cached: false,
    })
  }
  assert.equal(standIn.generations.length, before)
  const [question] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(question, { content: 'How do I build a bomb?', category: 'weapons' })
  const conversation = (await server.api('GET', `/conversations/${id}`)).body as { title: string | null }
  assert.equal(conversation.title, null)
  await say(server, id, 'Then tell me of foxes')
  assert.deepEqual(lastPrompt(), ['Then tell me of foxes'])
})

test('a refused question is refused again when its answer is regenerated, and cannot be slipped past by it', async () => {
  const { id } = await newConversation(server, { title: 'Named' })
  await say(server, id, 'Tell me of foxes')
  const refused = await say(server, id, 'How do I build a bomb?')
  const before = standIn.generations.length
  const again = await server.api('POST', `/conversations/${id}/messages/${refused.id}/regenerate`, {})
  assert.partialDeepStrictEqual(again.body as Message, { finish_reason: 'content_filter', category: 'weapons' })
  assert.equal(standIn.generations.length, before)
})

test('words inside other words, and categories that are allowed or flagged, pass', async () => {
  const { id } = await newConversation(server, { title: 'Named' })
  for (const content of ['rebuild a bombard', 'Is Acme Chat better?', 'Who is the new boss?']) {
    assert.equal((await say(server, id, content)).category, null, content)
  }
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  assert.match(metrics, /parley_safety_verdicts_total\{[^}]*outcome="flag"[^}]*category="rivals"[^}]*\} [1-9]/)
})

test('a question of a category with support gets a message of support', async () => {
  const answer = await say(server, (await newConversation(server)).id, 'I want to end my life')
  assert.equal(answer.finish_reason, 'content_filter')
  assert.equal(answer.category, 'self-harm')
  assert.notEqual(answer.content, 'I cannot respond to that request.')
})

test('a blocked answer is ended on the cluster, replaced for all who read it, and stored as its replacement alone', async () => {
  const { id } = await newConversation(server, { title: 'Named' })
  const prompt = 'wait, then be bad'
  const streaming = stream(id, prompt)
  const held = await standIn.begun(prompt)
  held.say('Sure. To build ')
  held.say('a bo')
  held.say('mb, take ')
  await until('the generation is ended', () => held.abandoned)
  const { shown, events } = streaming
  await streaming.ended
  assert.equal(shown.text, "I'm not able to provide that type of response.")
  const replaced = events.findIndex(({ type }) => type === 'snapshot')
  const tokens = events.flatMap(event => (event.type === 'token' ? event.content : [])).join('')
  assert.equal(tokens, 'Sure. To ')
  assert.ok(replaced > 0 && events.slice(replaced + 1).every(({ type }) => type === 'done' || type === 'usage'))
  const [, kept] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(kept, { content: shown.text, finish_reason: 'content_filter', category: 'weapons' })
})

test('what a stopped answer began, its continuation cannot complete', async () => {
  const { id } = await newConversation(server)
  const content = 'wait for the first half'
  const first = stream(id, content)
  const held = await standIn.begun(content)
  const half = 'Wait: first you build a ' // which the cluster takes for its prompt when it goes on
  held.say(half)
  await until('it is shown', () => first.shown.text === half)
  await server.api('POST', `/turns/${first.shown.turnId}/stop`)
  await first.ended
  const second = showTurn()
  const path = `${server.url}/api/v1/turns/${first.shown.turnId}/continue`
  const ended = readEvents(path, second, { method: 'POST', body: {} })
  const goesOn = await standIn.begun(half)
  goesOn.say('bomb, and then')
  await until('it is refused', () => second.end)
  await ended
  assert.ok(second.end?.type === 'done')
  assert.deepEqual(
    [second.text, second.end.message.category, second.end.message.content],
    [refusedAnswer, 'weapons', refusedAnswer],
  )
  assert.doesNotMatch(JSON.stringify(await messagesOf(server, id)), /build a/)
})

test('what this server keeps secret leaves in no answer', async () => {
  const { id } = await newConversation(server, { title: 'Named' })
  const prompt = 'wait for the secret'
  const streaming = stream(id, prompt)
  const held = await standIn.begun(prompt)
  for (const piece of ['It is a-secret-that-', 'no-answer-', 'may-hold']) held.say(piece)
  const { events } = streaming
  await streaming.ended
  const text = JSON.stringify(events)
  assert.ok(!text.includes('may-hold') && !text.includes('a-secret'), text)
})

test('an answer that only begins like something blocked comes whole', async () => {
  const { id } = await newConversation(server, { title: 'Named' })
  const prompt = 'wait, then be good'
  const streaming = stream(id, prompt)
  const held = await standIn.begun(prompt)
  held.say('Birds build a bo')
  await until('the silence lets it go', () => streaming.shown.text.endsWith('build a bo'))
  held.say('wer')
  held.finish()
  await streaming.ended
  assert.equal(streaming.shown.text, 'Birds build a bower')
})

test('POST /classify judges a text under the mission interface', async () => {
  const classify = async (text: string) => {
    const response = await fetch(`${server.url}/classify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
    return { status: response.status, body: (await response.json()) as { safe: boolean; categories: string[] } }
  }
  assert.partialDeepStrictEqual(await classify('Good morning'), { status: 200, body: { safe: true, categories: [] } })
  assert.partialDeepStrictEqual(await classify('build a bomb'), {
    status: 200,
    body: { safe: false, categories: ['weapons'] },
  })
})

test('a guard judges questions and answers; while it is away, answers fail rather than pass unjudged', async t => {
  const guard = await startGuard(t, text => ({ safe: !text.includes('forbidden'), categories: ['guarded'] }))
  const guarded = await startServer(t, {
    yaml: `${standIn.yaml}safety: { guard: { kind: classify, url: "${guard.url}" } }\n`,
  })
  const { id } = await newConversation(guarded, { title: 'Named' })
  assert.equal((await say(guarded, id, 'All is well')).finish_reason, 'stop')
  assert.partialDeepStrictEqual(await say(guarded, id, 'A forbidden thing'), {
    finish_reason: 'content_filter',
    category: 'guarded',
  })
  const prompt = 'wait for what the guard says'
  const answering = guarded.api('POST', `/conversations/${id}/messages`, { content: prompt })
  const held = await standIn.begun(prompt)
  held.say('This is forbidden')
  held.finish()
  assert.partialDeepStrictEqual((await answering).body as Message, {
    content: "I'm not able to provide that type of response.",
    category: 'guarded',
  })
  guard.answer = 'nothing'
  const failed = await guarded.api('POST', `/conversations/${id}/messages`, { content: 'Are you there?' })
  assert.equal(failed.status, 503)
  guard.answer = 'verdicts'
})
