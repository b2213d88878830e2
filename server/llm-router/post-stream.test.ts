import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import {
  type AilingCluster,
  type Behaviour,
  refuses,
  stallsAfter,
  startAilingCluster,
  staysSilent,
  streams,
} from '../../test/support/ailing-cluster.ts'
import { atEnd, until } from '../../test/support/server.ts'
import { AttemptFailure } from './attempt-failure.ts'
import { createKeptConnections, type KeptConnections } from './kept-connections.ts'
import { postStream, type StreamedPost } from './post-stream.ts'

const body = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] })
const never = new AbortController().signal

function openConnections(context: TestContext): KeptConnections {
  const connections = createKeptConnections({ connectMs: 2_000 })
  atEnd(context, () => connections.close())
  return connections
}

/** A POST whose answer is read until `marker` has come. */
function post(
  connections: KeptConnections,
  { url }: AilingCluster,
  more: Partial<StreamedPost> & { readonly marker?: string } = {},
) {
  let seen = ''
  return postStream(connections, {
    url: new URL(`${url}/chat/completions`),
    headers: { 'content-type': 'application/json' },
    body,
    onBytes(bytes) {
      seen += bytes.toString()
      return seen.includes(more.marker ?? 'END')
    },
    onRead: () => undefined,
    signal: never,
    ...more,
  })
}

/** Does as `behaviour` says and keeps the sockets on which it was asked. */
function keepingSockets(sockets: Socket[], behaviour: Behaviour): Behaviour {
  return (response, asked) => {
    sockets.push(response.req.socket)
    behaviour(response, asked)
  }
}

test('an abort closes the socket within 50 ms: before the headers, behind them, in the middle of the answer', async context => {
  const connections = openConnections(context)
  const headersAlone: Behaviour = response => response.writeHead(200).flushHeaders()
  for (const behaviour of [staysSilent, headersAlone, stallsAfter('some text')]) {
    const tookMs: number[] = []
    // The fastest of three: a promise that is broken is broken three times, a busy machine may be slow once.
    for (let round = 0; round < 3; round++) {
      const sockets: Socket[] = []
      const cluster = await startAilingCluster(context, keepingSockets(sockets, behaviour))
      const abort = new AbortController()
      const outcome = post(connections, cluster, { signal: abort.signal })
      const socket = await until('the cluster was asked', () => sockets[0])
      const closed = new Promise(resolve => socket.once('close', resolve))
      const abortedAt = performance.now()
      abort.abort('stop')
      await assert.rejects(outcome, error => error === 'stop')
      await closed
      tookMs.push(performance.now() - abortedAt)
    }
    assert.ok(Math.min(...tookMs) < 50, `${tookMs} ms`)
  }
})

test('an abort while connecting throws at once, and nothing is sent when the connection comes about after all', async context => {
  const connections = openConnections(context)
  const cluster = await startAilingCluster(context, streams('END'))
  const abort = new AbortController()
  const outcome = post(connections, cluster, { signal: abort.signal })
  const abortedAt = performance.now()
  abort.abort('stop')
  await assert.rejects(outcome, error => error === 'stop')
  assert.ok(performance.now() - abortedAt < 50)
  assert.deepEqual(await post(connections, cluster), { type: 'streamed', whole: true })
  assert.equal(cluster.asked.length, 1)
})

test('what is aborted before it begins is not sent', async context => {
  const cluster = await startAilingCluster(context, streams('END'))
  const connections = openConnections(context)
  await assert.rejects(post(connections, cluster, { signal: AbortSignal.abort('stop') }), error => error === 'stop')
  await post(connections, cluster)
  assert.equal(cluster.asked.length, 1)
})

test('each read is handed over as it comes, and none behind the whole answer', async context => {
  const goOn: (() => void)[] = []
  const parts = ['one', 'two', 'END', 'more']
  const cluster = await startAilingCluster(context, response => {
    response.writeHead(200)
    const writeNext = () => response.write(parts.shift() ?? '')
    goOn.push(writeNext)
    writeNext()
  })
  const reads: string[] = []
  const outcome = await post(openConnections(context), cluster, {
    onBytes(bytes) {
      reads.push(bytes.toString())
      goOn[0]?.()
      return reads.at(-1) === 'END'
    },
  })
  assert.deepEqual(outcome, { type: 'streamed', whole: true })
  assert.deepEqual(reads, ['one', 'two', 'END'])
})

test('a whole answer whose stream the server keeps open is there at once, and its socket is freed soon', async context => {
  const sockets: Socket[] = []
  const cluster = await startAilingCluster(context, keepingSockets(sockets, stallsAfter('all of it END')))
  const outcome = await post(openConnections(context), cluster)
  assert.deepEqual(outcome, { type: 'streamed', whole: true })
  assert.equal(sockets[0]?.destroyed, false, 'it was not waited for')
  await until('the socket is closed', () => sockets[0]?.destroyed, 5_000)
})

test('a connection serves one answer after another', async context => {
  const cluster = await startAilingCluster(context, streams('END'))
  const connections = openConnections(context)
  await until('a connection is used again', async () => {
    await post(connections, cluster)
    return new Set(cluster.asked.map(({ clientPort }) => clientPort)).size < cluster.asked.length
  })
})

test('a stream that ends without being whole is told as such', async context => {
  const cluster = await startAilingCluster(context, streams('half of'))
  assert.deepEqual(await post(openConnections(context), cluster), { type: 'streamed', whole: false })
})

test('what the reader throws is thrown as it is, and closes the socket', async context => {
  const sockets: Socket[] = []
  const cluster = await startAilingCluster(context, keepingSockets(sockets, stallsAfter('a')))
  const bug = new TypeError('a bug of ours')
  const onBytes = () => {
    throw bug
  }
  await assert.rejects(post(openConnections(context), cluster, { onBytes }), error => error === bug)
  await until('the socket is closed', () => sockets[0]?.destroyed, 5_000)
})

test('another status than 200 is a refusal, of whose body 64 KiB are read at most', async context => {
  const connections = openConnections(context)
  const polite = await startAilingCluster(context, refuses(429, { message: 'later' }, { 'retry-after': '7' }))
  assert.deepEqual(await post(connections, polite), {
    type: 'refused',
    status: 429,
    retryAfter: '7',
    body: '{"error":{"message":"later"}}',
  })
  const endless = await startAilingCluster(context, response => {
    response.writeHead(500).write('x'.repeat(1_000_000))
  })
  const outcome = await post(connections, endless)
  assert.ok(outcome.type === 'refused' && outcome.status === 500)
  assert.ok(outcome.body.length < 65_536 * 3, `${outcome.body.length}`)
})

test('a connection that is refused or breaks is the failure `unreachable`', async context => {
  const connections = openConnections(context)
  const dead = await startAilingCluster(context)
  await dead.kill()
  const cut = await startAilingCluster(context, response => response.destroy())
  for (const cluster of [dead, cut]) {
    await assert.rejects(
      post(connections, cluster),
      error => error instanceof AttemptFailure && error.kind === 'unreachable' && /^[A-Z_]+$/.test(error.message),
    )
  }
})
