import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message, TurnEvent } from '#protocol'
import { createTestDatabase } from '../support/database.ts'
import { atEnd, fileScope, startServer, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { messagesOf, newConversation, say } from './talk.ts'

const scope = fileScope()
const standIn = await startStandIn(scope)
const database = await createTestDatabase()
atEnd(scope, database.drop)
const server = await startServer(scope, {
  env: { DATABASE_URL: database.url, PARLEY_SECRET: 'a-secret-for-this-test-of-the-cache' },
  yaml: standIn.yaml.replace('scope: off', 'scope: user'),
})

const generationsOf = (prompt: string) =>
  standIn.generations.filter(({ messages }) => messages.at(-1)?.content === prompt).length

const untitled = { title: 'Named, so that no model is asked for a name' }

test('1,000 equal prompts at once are answered by one generation, and each answer is whole and stored', async () => {
  const prompt = 'wait for all of us'
  const conversations = await Promise.all(Array.from({ length: 1_000 }, () => newConversation(server, untitled)))
  const answering = conversations.map(({ id }) => say(server, id, prompt))
  const held = await standIn.begun(prompt)
  await until('all of them run', async () => (await runningTurns()) === 1_000, 60_000)
  held.say('Here ')
  held.say('you are')
  held.finish()
  const answers = await Promise.all(answering)
  assert.equal(generationsOf(prompt), 1)
  for (const answer of answers) assert.equal(answer.content, 'Here you are')
  const paid = answers.filter(({ cached }) => !cached)
  assert.equal(paid.length, 1)
  assert.deepEqual(new Set(answers.map(({ served_by }) => served_by?.cluster)), new Set(['stand-in']))
  const [, kept] = await messagesOf(server, conversations[7]?.id ?? '')
  assert.deepEqual(kept, answers[7])
})

test('an equal prompt is answered again without a generation, streamed word by word and stored like any answer', async () => {
  const prompt = 'Tell me the same again, please'
  const first = await say(server, (await newConversation(server, untitled)).id, prompt)
  assert.equal(first.cached, false)
  // A server that a thousand turns have just kept busy puts several words into a frame for a moment.
  const id = await until('it leaves word by word', async () => {
    const { id } = await newConversation(server, untitled)
    return (await wordsOf(id, prompt)).join('|') === 'You |said: |Tell |me |the |same |again, |please' && id
  })
  assert.equal(generationsOf(prompt), 1)
  const [, kept] = await messagesOf(server, id)
  assert.partialDeepStrictEqual(kept, {
    content: first.content,
    cached: true,
    tokens: first.tokens,
    finish_reason: 'stop',
  })
  assert.deepEqual(kept?.served_by, first.served_by)
})

test('whatever shapes the answer makes another prompt: parameters, system prompt, history; later turns are not cached', async () => {
  const prompt = 'What shapes you?'
  const ask = async (conversation: object, message: object = {}) =>
    say(server, (await newConversation(server, { ...untitled, ...conversation })).id, prompt, message)
  await ask({})
  await ask({}, { temperature: 0.1 })
  await ask({}, { max_tokens: 7 })
  await ask({ system_prompt: 'Be brief.' })
  assert.equal(generationsOf(prompt), 4)
  assert.equal((await ask({})).cached, true)

  const long = async () => {
    const { id } = await newConversation(server, untitled)
    const answers: Message[] = []
    for (const content of ['First?', 'Second?', 'Third?']) answers.push(await say(server, id, content))
    return answers.map(({ cached }) => cached)
  }
  assert.deepEqual(await long(), [false, false, false])
  assert.deepEqual(await long(), [true, true, false], 'at most four messages with the answer')
})

test('regenerate asks anew', async () => {
  const prompt = 'Try this twice'
  const { id } = await newConversation(server, untitled)
  const first = await say(server, id, prompt)
  const again = await server.api('POST', `/conversations/${id}/messages/${first.id}/regenerate`, {})
  assert.equal((again.body as Message).cached, false)
  assert.equal(generationsOf(prompt), 2)
})

test('a stop leaves the others their answer; the last one to stop ends the generation', async () => {
  const prompt = 'wait until some of us leave'
  const conversations = await Promise.all(Array.from({ length: 3 }, () => newConversation(server, untitled)))
  const receipts = await Promise.all(
    conversations.map(async ({ id }) => {
      const headers = { prefer: 'respond-async' }
      return (await server.api('POST', `/conversations/${id}/messages`, { content: prompt }, headers)).body as {
        turn_id: string
      }
    }),
  )
  const held = await standIn.begun(prompt)
  await until('all of them run', async () => (await runningTurns()) === 3)
  const stop = (index: number) => server.api('POST', `/turns/${receipts[index]?.turn_id}/stop`)
  await stop(0)
  await stop(1)
  const shown = showTurn()
  const reading = readEvents(`${server.url}/api/v1/turns/${receipts[2]?.turn_id}/events`, shown)
  held.say('Still here')
  await until('the third has it', () => shown.text === 'Still here')
  assert.equal(held.abandoned, false)
  await stop(2)
  await until('the generation is ended', () => held.abandoned)
  await reading
  assert.equal(generationsOf(prompt), 1)
})

test('a deleted conversation takes its answers along', async () => {
  const prompt = 'Forget me not'
  const { id } = await newConversation(server, untitled)
  await say(server, id, prompt)
  assert.equal((await say(server, (await newConversation(server, untitled)).id, prompt)).cached, true)
  assert.equal((await server.api('DELETE', `/conversations/${id}`)).status, 204)
  assert.equal((await say(server, (await newConversation(server, untitled)).id, prompt)).cached, false)
})

test('who repeats a deletion whose answer was lost makes its answers forgotten, too', async () => {
  const prompt = 'Forget me twice'
  const { id } = await newConversation(server, untitled)
  await say(server, id, prompt)
  await database.query('UPDATE conversations SET deleted_at = now() WHERE id = $1', [id])
  assert.equal((await server.api('DELETE', `/conversations/${id}`)).status, 404)
  assert.equal((await say(server, (await newConversation(server, untitled)).id, prompt)).cached, false)
})

test('an answer that was cut, failed or is empty is not kept', async () => {
  for (const prompt of ['shrug it off', 'fail me once']) {
    const ask = async () => {
      const { id } = await newConversation(server, untitled)
      await server.api('POST', `/conversations/${id}/messages`, { content: prompt })
    }
    await ask()
    await ask()
    assert.equal(generationsOf(prompt), 2, prompt)
  }
})

async function runningTurns(): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/^parley_turns_running (\d+)$/m.exec(text)?.[1])
}

/** The texts of the frames in which the answer to this message is streamed. */
async function wordsOf(conversationId: string, content: string): Promise<string[]> {
  const shown = showTurn()
  const words: string[] = []
  const apply = (event: TurnEvent) => {
    if (event.type === 'token') words.push(event.content)
    shown.apply(event)
  }
  const path = `${server.url}/api/v1/conversations/${conversationId}/messages`
  await readEvents(path, { ...shown, apply }, { method: 'POST', body: { content } })
  return words
}
