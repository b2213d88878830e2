import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { ForPeers } from '#chat'
import type { TurnEvent } from '#protocol'
import { claimedTurn } from '../../test/support/claimed-turn.ts'
import { quietLog } from '../../test/support/database.ts'
import { until } from '../../test/support/server.ts'
import { toldAtOnce } from '../../test/support/told-at-once.ts'
import { createLiveTurn } from '../chat/live-turn.ts'
import { createPeerClient } from './peer-client.ts'
import { createPeerServer } from './peer-server.ts'

const secret = 'the-secret-of-all-servers-in-this-test'
const { userId, turnId } = claimedTurn

/** A process that runs one turn, and one that asks it. */
async function startPeers(t: TestContext, clientSecrets = [secret], clientNow = Date.now) {
  const live = createLiveTurn(claimedTurn, toldAtOnce)
  const asked: string[] = []
  const chat: ForPeers = {
    follow(user, turn, after) {
      if (user !== userId || turn !== turnId || live.lost) return undefined
      const feed = live.feed(after)
      return {
        feed,
        get lost() {
          return live.lost
        },
      }
    },
    async stop(user, turn) {
      asked.push(`stop ${user} ${turn}`)
    },
    wake: () => asked.push('wake'),
  }
  const server = createPeerServer({ chat, secrets: [secret, 'an older one'], now: Date.now, log: quietLog })
  const client = createPeerClient(clientSecrets, clientNow)
  t.after(async () => {
    await client.close()
    await server.close()
  })
  return { live, asked, server, client, address: await server.listen('127.0.0.1') }
}

function follow({ client, address }: Awaited<ReturnType<typeof startPeers>>, after = 0) {
  const events: TurnEvent[] = []
  const closing = new AbortController()
  const over = client.follow({ address, userId, turnId, after }, news => events.push(...news), closing.signal)
  over.catch(() => {})
  return { events, closing, over }
}

test("a turn's events arrive as they come, from where the follower stands, until its end", async t => {
  const peers = await startPeers(t)
  peers.live.append([{ type: 'text', text: 'Grüße, 😀' }])
  const { events, over } = follow(peers)
  const later = follow(peers, 2)
  await until('the text is there', () => events.length === 2)
  peers.live.append([{ type: 'text', text: '!\n' }])
  peers.live.end({ type: 'error', code: 'generation_failed', message: 'x', retryable: true })
  await Promise.all([over, later.over])
  assert.deepEqual(
    events.map(event => (event.type === 'token' ? event.content : event.type)),
    ['start', 'Grüße, 😀', '!\n', 'error'],
  )
  assert.deepEqual(
    later.events.map(({ type }) => type),
    ['token', 'error'],
  )
})

test('a silent turn stays followed, for its owner shows that it lives', async t => {
  const peers = await startPeers(t)
  const { events, over } = follow(peers)
  await until('it is followed', () => events.length === 1)
  // Longer than a follower waits for a sign of life.
  await new Promise(resolve => setTimeout(resolve, 4_000))
  peers.live.append([{ type: 'text', text: 'At last' }])
  await until('the text is there', () => events.length === 2)
  peers.live.lose()
  await over
})

test('a turn that does not run there is no failure; what a process is asked, it does', async t => {
  const peers = await startPeers(t)
  await peers.client.stop({ address: peers.address, userId, turnId })
  await peers.client.wake(peers.address)
  assert.deepEqual(peers.asked, [`stop ${userId} ${turnId}`, 'wake'])
  peers.live.lose()
  const { events, over } = follow(peers)
  await over
  assert.deepEqual(events, [])
})

test('nobody is answered who does not know the secret, and no signature is good for another request, or for long', async t => {
  const stranger = await startPeers(t, ['another-secret-than-the-servers-have'])
  await assert.rejects(follow(stranger).over, /403/)
  await assert.rejects(stranger.client.wake(stranger.address), /403/)
  const late = await startPeers(t, [secret], () => Date.now() - 400_000)
  await assert.rejects(late.client.wake(late.address), /403/)
  const older = await startPeers(t, ['an older one'])
  await older.client.wake(older.address)
  assert.deepEqual([stranger.asked, late.asked, older.asked], [[], [], ['wake']])
  assert.equal((await fetch(`${older.address}/turns/${userId}/${turnId}?after=0`)).status, 403)
})

test('a process that is gone, or does not answer, is given up within two seconds', async t => {
  const mute = createServer(socket => socket.on('error', () => {})).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as { port: number }
  const client = createPeerClient([secret], Date.now)
  t.after(async () => {
    await client.close()
    mute.close()
  })
  const startedAt = performance.now()
  await assert.rejects(client.wake(`http://127.0.0.1:${port}`))
  await assert.rejects(client.wake('http://127.0.0.1:1'))
  assert.ok(performance.now() - startedAt < 4_000)
})
