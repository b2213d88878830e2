import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createSafeServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { selfSigned } from '../../test/support/self-signed.ts'
import { atEnd, scratchFolder, until } from '../../test/support/server.ts'
import { createKeptConnections, type KeptConnections } from './kept-connections.ts'

/** What a request came to: its body or, in capitals, the code of what went wrong. */
function ask(connections: KeptConnections, url: string, request = 'POST / HTTP/1.1\r\n\r\n'): Promise<string> {
  return new Promise(resolve => {
    let body = ''
    connections.send(new URL(url), request, {
      onHead() {},
      onBody(bytes) {
        body += bytes.toString()
      },
      onRead: () => undefined,
      onEnd: () => resolve(body),
      onFailure: error => resolve(error instanceof Error && 'code' in error ? String(error.code) : 'NO_CODE'),
    })
  })
}

function openConnections(context: TestContext, connectMs = 2_000): KeptConnections {
  const connections = createKeptConnections({ connectMs })
  atEnd(context, () => connections.close())
  return connections
}

async function listen(context: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  atEnd(context, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A server that meets each read with `answer`, however little of a request it holds. */
async function serve(context: TestContext, answer: (socket: Socket, connection: number) => void) {
  const sockets: Socket[] = []
  const server = createServer(socket => {
    const number = sockets.push(socket)
    socket.on('data', () => answer(socket, number))
  })
  const port = await listen(context, server)
  return { url: `http://localhost:${port}`, sockets }
}

const hello = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHello'

test('one connection carries one exchange after another, and as many as needed at once', async context => {
  const held: (() => void)[] = []
  const { url, sockets } = await serve(context, socket => held.push(() => socket.write(hello)))
  const connections = openConnections(context)
  const askAndAnswer = async () => {
    const asked = ask(connections, url)
    await until('it was asked', () => held.length > 0)
    held.pop()?.()
    return asked
  }
  assert.equal(await askAndAnswer(), 'Hello')
  assert.equal(await askAndAnswer(), 'Hello')
  assert.equal(sockets.length, 1)
  const both = [ask(connections, url), ask(connections, url)]
  await until('both were asked', () => held.length === 2)
  for (const answer of held) answer()
  assert.deepEqual(await Promise.all(both), ['Hello', 'Hello'])
  assert.equal(sockets.length, 2)
})

test('a connection that its server closes, talks on without being asked, or is to be closed is not used again', async context => {
  const endings: readonly ((socket: Socket) => void)[] = [
    socket => socket.end(hello),
    socket => socket.write(`${hello}HTTP/1.1 200 OK\r\n`),
    socket => socket.write(hello, () => setImmediate(() => socket.write('x'))),
    socket => socket.write(hello.replace('OK', 'OK\r\nconnection: close')),
    socket => socket.write(hello.replace('OK', 'OK\r\nkeep-alive: timeout=1')),
  ]
  for (const ending of endings) {
    const { url, sockets } = await serve(context, ending)
    const connections = openConnections(context)
    assert.equal(await ask(connections, url), 'Hello')
    await until('the client has closed, too', () => sockets[0]?.destroyed || sockets[0]?.readableEnded)
    assert.equal(await ask(connections, url), 'Hello')
    assert.equal(sockets.length, 2)
  }
})

test('a close that comes too early is told, on a new connection and on a kept one', async context => {
  const { url } = await serve(context, socket => {
    if (socket.bytesWritten === 0) socket.write(hello)
    else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nHel')
  })
  const connections = openConnections(context)
  assert.equal(await ask(connections, url), 'Hello')
  assert.equal(await ask(connections, url), 'CLOSED_EARLY')
  const mute = await serve(context, socket => socket.end())
  assert.equal(await ask(connections, mute.url), 'CLOSED_EARLY')
})

test('an answer that ends with its connection is whole', async context => {
  const { url } = await serve(context, socket => socket.end('HTTP/1.1 200 OK\r\n\r\nall of it'))
  assert.equal(await ask(openConnections(context), url), 'all of it')
})

test('an answer that comes before its request is sent counts, and its connection is not used again', async context => {
  const { url, sockets } = await serve(context, (socket, connection) => {
    if (connection > 1) socket.write(hello)
    else if (socket.bytesWritten === 0) socket.pause().write(hello)
  })
  const connections = openConnections(context)
  const long = `POST / HTTP/1.1\r\ncontent-length: 30000000\r\n\r\n${'x'.repeat(30_000_000)}`
  assert.equal(await ask(connections, url, long), 'Hello')
  assert.equal(await ask(connections, url), 'Hello')
  assert.equal(sockets.length, 2)
})

test('a connection that does not come about in time is given up, and one that is refused at once', async context => {
  const port = await listen(context, createServer())
  // Nobody answers the greeting of TLS.
  assert.equal(await ask(openConnections(context, 50), `https://localhost:${port}`), 'CONNECT_TIMEOUT')
  const server = createServer()
  const closed = await listen(context, server)
  server.close()
  assert.equal(await ask(openConnections(context), `http://127.0.0.1:${closed}`), 'ECONNREFUSED')
})

test('a read that is put off brings nothing until it is called for, and then all that came meanwhile', async context => {
  let peer: Socket | undefined
  const { url } = await serve(context, socket => {
    peer = socket
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab')
  })
  const reads: string[] = []
  const putOff: (() => void)[] = []
  const ended = new Promise<void>((resolve, reject) => {
    openConnections(context).send(new URL(url), 'POST / HTTP/1.1\r\n\r\n', {
      onHead() {},
      onBody: bytes => reads.push(bytes.toString()),
      onRead: () => read => putOff.push(read),
      onEnd: resolve,
      onFailure: reject,
    })
  })
  await until('the beginning was read', () => putOff.length > 0)
  for (const bytes of ['cd', 'ef']) await new Promise(resolve => peer?.write(bytes, resolve))
  await new Promise(resolve => setImmediate(resolve))
  assert.deepEqual(reads, ['ab'])
  putOff[0]?.()
  await ended
  assert.deepEqual(reads, ['ab', 'cdef'])
})

test('what is under way fails when all is closed', async context => {
  const { url, sockets } = await serve(context, () => {})
  const connections = openConnections(context)
  const asked = ask(connections, url)
  await until('it was asked', () => sockets.length > 0)
  connections.close()
  assert.equal(await asked, 'CLIENT_CLOSED')
})

test('a certificate that nobody vouches for is refused, and taken where the operator vouches for it', async context => {
  const server = createSafeServer(selfSigned, (request, response) =>
    request.resume().on('end', () => response.end('Hi')),
  )
  const url = `https://localhost:${await listen(context, server)}`
  assert.match(await ask(openConnections(context), url), /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN)$/)

  const file = join(await scratchFolder(context), 'ca.pem')
  await writeFile(file, selfSigned.cert)
  // Node reads it when it starts.
  const script = `
    import { createKeptConnections } from ${JSON.stringify(new URL('kept-connections.ts', import.meta.url).href)}
    const request = 'POST / HTTP/1.1\\r\\nhost: localhost\\r\\ncontent-length: 0\\r\\n\\r\\n'
    const connections = createKeptConnections({ connectMs: 5_000 })
    let left = 2
    const ask = () => connections.send(new URL(${JSON.stringify(url)}), request, {
      onHead() {},
      onBody: bytes => process.stdout.write(bytes),
      onRead: () => read => setImmediate(read),
      onEnd: () => (--left > 0 ? ask() : connections.close()),
      onFailure: error => process.stdout.write(String(error)),
    })
    ask()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: file },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (bytes: Buffer) => {
    said += bytes.toString()
  })
  await once(child, 'close')
  assert.equal(said, 'HiHi')
})
