import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Conversation } from '#protocol'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { inspected, openHeap } from '../support/heap.ts'
import { adminKey, fileScope, startServer, until } from '../support/server.ts'
import { readEvents, showTurn } from '../support/turn-reader.ts'

const scope = fileScope()
const cluster = await startCountingCluster(scope, 1)
const server = await startServer(scope, { yaml: cluster.yaml, command: inspected })
const megabyte = 1_048_576

async function newConversation(): Promise<string> {
  return Conversation.parse((await server.api('POST', '/conversations', {})).body).id
}

/** A raw request for a stream, from a client that decides for itself what it reads. */
async function openRawStream(question: string, conversation?: string): Promise<Socket> {
  const id = conversation ?? (await newConversation())
  const { hostname, port } = new URL(server.url)
  const body = JSON.stringify({ content: question, stream: true })
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.on('error', () => {})
  socket.pause()
  socket.write(
    `POST /api/v1/conversations/${id}/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${adminKey}\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
  return socket
}

/** What these tests take is a matter of the processor. */
const patience = { timeout: 300_000 }

test(
  '10,000 turns leave no memory behind: the heap after them is at most 10 MB above that after 1,000',
  patience,
  async () => {
    const heap = await openHeap(server)
    const conversations = await Promise.all(Array.from({ length: 40 }, newConversation))
    const run = async (turns: number) => {
      let begun = 0
      await Promise.all(
        conversations.map(async id => {
          while (begun++ < turns) {
            const answer = await server.api('POST', `/conversations/${id}/messages`, {
              content: 'count to 5',
              parent_id: null,
            })
            assert.equal(answer.status, 200, answer.text)
          }
        }),
      )
    }
    await run(1_000)
    const early = await heap.used()
    await run(9_000)
    const late = await heap.used()
    heap.close()
    assert.ok(
      late <= early + 10 * megabyte,
      `${(early / megabyte).toFixed(1)} MB, then ${(late / megabyte).toFixed(1)} MB`,
    )
  },
)

test(
  '500 idle sockets and clients that never read, or a byte a second, cost bounded memory and slow nobody down',
  patience,
  async t => {
    const heap = await openHeap(server)
    const before = await heap.used()
    const { hostname, port } = new URL(server.url)
    const idle = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket = connect(Number(port), hostname)
        await once(socket, 'connect')
        return socket.on('error', () => {})
      }),
    )
    const deaf = await Promise.all(Array.from({ length: 30 }, () => openRawStream('count to 20000')))
    const slow = await openRawStream('count to 20000')
    const drip = setInterval(() => slow.read(1), 1_000)
    t.after(() => {
      clearInterval(drip)
      for (const socket of [...idle, ...deaf, slow]) socket.destroy()
    })
    await until('all answers are under way', () => cluster.open >= 31)
    for (let round = 0; round < 10; round++) {
      const shown = showTurn()
      const path = `${server.url}/api/v1/conversations/${await newConversation()}/messages`
      await readEvents(path, shown, { method: 'POST', body: { content: 'count to 100' } })
      assert.equal(shown.text, countTo(100))
    }
    await until('the answers nobody reads have ended', () => cluster.open === 0, 240_000)
    // After a collection; what those answers held goes when they are recorded, which on a busy machine takes a moment.
    await until('what they held is given back', async () => (await heap.used()) - before < 50 * megabyte)
    heap.close()
  },
)

test('a client that does not read is cut off after 30 s, and its answer is written to the end', async t => {
  if (process.platform !== 'linux') return t.skip('only Linux shows the connections of other processes')
  const conversation = await newConversation()
  const deaf = await openRawStream('count to 5000 padded', conversation)
  t.after(() => deaf.destroy())
  await until('the connection is there', () => isConnected(deaf))
  const connectedAt = performance.now()
  await until('the server has cut it off', async () => !(await isConnected(deaf)), 60_000)
  assert.ok(performance.now() - connectedAt > 25_000)
  const answer = async () => (await server.api('GET', `/conversations/${conversation}/messages`)).text
  await until('the answer is whole', async () => /"status":"done","finish_reason":"stop"/.test(await answer()), 120_000)
})

/** Whether the server's side of a connection is open, by the system's table: addresses in hex, 01 is ESTABLISHED. */
async function isConnected(client: Socket): Promise<boolean> {
  const hex = (port: number | undefined) => (port ?? 0).toString(16).toUpperCase().padStart(4, '0')
  const [local, remote] = [hex(client.remotePort), hex(client.localPort)]
  const table = await readFile('/proc/net/tcp', 'utf8')
  return new RegExp(`: \\w+:${local} \\w+:${remote} 01 `).test(table)
}
