import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Conversation, MessagePage } from '#protocol'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { fileScope, type RunningServer, startServer, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'

const scope = fileScope()
const cluster = await startCountingCluster(scope, 50)
const streams = 200
const numbers = 200
const question = `count to ${numbers}`

/** What a crash may withdraw of what was shown, in milliseconds; see design, "the log is made durable". */
const withdrawnMs = 250

async function beginStream(server: RunningServer) {
  const { id } = Conversation.parse((await server.api('POST', '/conversations', {})).body)
  const shown = showTurn()
  const reading = readEvents(`${server.url}/api/v1/conversations/${id}/messages`, shown, {
    method: 'POST',
    body: { content: question },
  })
  return { id, shown, reading }
}

async function messagesOf(server: RunningServer, id: string) {
  return MessagePage.parse((await server.api('GET', `/conversations/${id}/messages`)).body).data
}

test(`after a kill -9 in the middle of ${streams} streams every message is there, and each answer goes on by itself, at most ${withdrawnMs} ms behind what was shown`, async () => {
  const first = await startServer(scope, { yaml: cluster.yaml })
  const readers = await Promise.all(Array.from({ length: streams }, () => beginStream(first)))
  await until('all streams show some text', () => readers.every(({ shown }) => shown.text.length > 60))
  const killedAt = performance.now()
  first.kill('SIGKILL')
  await Promise.all([first.exited, ...readers.map(({ reading }) => reading)])

  const second = await startServer(scope, { yaml: cluster.yaml, dataFolder: first.dataFolder })
  const missedMs = await Promise.all(
    readers.map(async ({ id, shown }) => {
      // The reader who comes back with the place they had is shown what was kept, and then the rest.
      const shownBefore = [...shown.growth]
      const headers = { 'last-event-id': String(shown.seq) }
      await readEvents(`${second.url}/api/v1/turns/${shown.turnId}/events`, shown, { headers })
      const [asked, answer, ...others] = await messagesOf(second, id)
      assert.equal(asked?.content, question)
      assert.equal(others.length, 0)
      assert.deepEqual([answer?.status, answer?.finish_reason], ['done', 'stop'])
      assert.equal(answer?.content, countTo(numbers))
      assert.equal(shown.text, answer?.content)
      assert.ok(shown.end?.type === 'done')
      if (shownBefore.at(-1)?.length === shown.text.length) return 0 // it had ended before
      const kept = shown.growth[shownBefore.length]?.length ?? 0
      const firstMissed = shownBefore.find(({ length }) => length > kept)
      return firstMissed === undefined ? 0 : killedAt - firstMissed.at
    }),
  )
  const worst = Math.max(...missedMs)
  assert.ok(worst <= withdrawnMs, `an answer misses ${worst} ms`)
})
