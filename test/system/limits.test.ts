import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AcceptedTurn, Conversation } from '#protocol'
import { startCountingCluster } from '../support/counting-cluster.ts'
import { type Answer, fileScope, type RunningServer, type Scope, startServer, until } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'

const scope = fileScope()

/** A server with the default limits; only the cluster of the yaml is taken. */
async function serverWithDefaults(t: Scope, tickMs: number): Promise<RunningServer> {
  const { yaml } = await startCountingCluster(t, tickMs)
  return startServer(t, { yaml: yaml.slice(0, yaml.indexOf('limits:')) })
}

async function newConversation(server: RunningServer): Promise<string> {
  return Conversation.parse((await server.api('POST', '/conversations', {})).body).id
}

/** Mission test (d): up to 100 times "Hi", one after another, until one is refused. */
async function sayHiUntilRefused(server: RunningServer): Promise<{ refused: Answer | undefined; sent: number }> {
  const id = await newConversation(server)
  for (let sent = 1; sent <= 100; sent++) {
    const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'Hi' })
    if (answer.status === 429) return { refused: answer, sent }
    assert.equal(answer.status, 200, answer.text)
  }
  return { refused: undefined, sent: 100 }
}

test('100 times "Hi" gives a 429 that says when to try again; reading and creating go on', async () => {
  const server = await serverWithDefaults(scope, 1)
  const { refused } = await sayHiUntilRefused(server)
  assert.match(refused?.text ?? '', /"code":"rate_limited"/)
  const header = (name: string) => Number(refused?.headers.get(name))
  assert.ok(header('retry-after') >= 1 && header('retry-after') <= 3)
  assert.equal(header('ratelimit-remaining'), 0)
  assert.ok(header('ratelimit-limit') > 0 && header('ratelimit-reset') > 0)
  const id = await newConversation(server)
  assert.equal((await server.api('GET', `/conversations/${id}/messages`)).status, 200)
  const stored = await server.api('GET', `/conversations?limit=100`)
  assert.equal(stored.status, 200)
})

test('at most 8 answers of a user are open at once, over all conversations', async () => {
  const server = await serverWithDefaults(scope, 1)
  const receipts: Answer[] = []
  for (let count = 0; count < 9; count++) {
    const content = 'count to 5 every 60000 ms'
    const path = `/conversations/${await newConversation(server)}/messages`
    receipts.push(await server.api('POST', path, { content }, { prefer: 'respond-async' }))
  }
  assert.deepEqual(
    receipts.map(({ status }) => status),
    [...Array(8).fill(202), 429],
  )
})

test('100 times "Hi" gives a 429 also where an answer takes 2 s', { timeout: 300_000 }, async () => {
  // Three numbers and the end, each after half a second.
  const { refused, sent } = await sayHiUntilRefused(await serverWithDefaults(scope, 500))
  assert.match(refused?.text ?? '', /"code":"rate_limited"/)
  assert.ok(sent > 20, `refused at message ${sent}`)
})

test('an answer that is stopped counts towards the tokens of its user', async () => {
  const standIn = await startStandIn(scope)
  const server = await startServer(scope, {
    yaml: standIn.yaml.replace('tokens_per_minute: 0', 'tokens_per_minute: 500'),
  })
  const path = `/conversations/${await newConversation(server)}/messages`
  const content = `wait ${'and wait '.repeat(2_000)}`.trim()
  const sent = await server.api('POST', path, { content }, { prefer: 'respond-async' })
  const held = await standIn.begun(content)
  held.say('So')
  await server.api('POST', `/turns/${AcceptedTurn.parse(sent.body).turn_id}/stop`)
  const other = `/conversations/${await newConversation(server)}/messages`
  let sends = 0
  const refused = await until('it is counted', async () => {
    const next = await server.api('POST', other, { content: 'Hi' }, { prefer: 'respond-async' })
    sends += 1
    return (next.status === 429 || sends > 5) && next
  })
  assert.equal(refused.status, 429)
  assert.match(refused.text, /tokens/)
})
