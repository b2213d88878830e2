import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileScope, startServer, until } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { newConversation, say } from './talk.ts'

const scope = fileScope()
const standIn = await startStandIn(scope)
const server = await startServer(scope, { yaml: standIn.yaml })

const titleOf = async (id: string) =>
  ((await server.api('GET', `/conversations/${id}`)).body as { title: string | null }).title

test('a conversation is named by its first words at once, and by its model after the first answer', async () => {
  const { id } = await newConversation(server)
  assert.equal(await titleOf(id), null)
  const long = 'wait for me while I tell you a very long story about foxes'
  const answering = say(server, id, long)
  const held = await standIn.begun(long)
  assert.equal(await titleOf(id), 'wait for me while I tell you a')
  held.say('Once upon a time')
  held.finish()
  await answering
  await until('the model has named it', async () => (await titleOf(id))?.startsWith('You said'))
})

test('a title that the user gave is never replaced', async () => {
  const { id } = await newConversation(server, { title: 'Mine' })
  await say(server, id, 'Hello')
  const renamed = await newConversation(server)
  const answering = say(server, renamed.id, 'wait until I have renamed it')
  const held = await standIn.begun('wait until I have renamed it')
  await server.api('PATCH', `/conversations/${renamed.id}`, { title: 'Also mine' })
  held.say('Done')
  held.finish()
  await answering
  // A third conversation's title shows that those of the others would have come by now.
  const third = await newConversation(server)
  await say(server, third.id, 'Hello there')
  await until('the third is named', async () => (await titleOf(third.id))?.startsWith('You said'))
  assert.deepEqual([await titleOf(id), await titleOf(renamed.id)], ['Mine', 'Also mine'])
})
