import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ResponseError, type ResponseHead, ResponseReader } from './read-response.ts'

interface ReadResponse {
  readonly head: ResponseHead | undefined
  readonly body: string
  /** Bytes that belong to the response. */
  readonly length: number
}

/** Reads pieces of a response, and then the connection's close, if it is not over before. */
function read(pieces: readonly string[]): ReadResponse {
  let head: ResponseHead | undefined
  let body = ''
  const reader = new ResponseReader({
    onHead(told) {
      assert.equal(head, undefined, 'a head is told once')
      head = told
    },
    onBody(bytes) {
      assert.ok(head !== undefined && bytes.length > 0)
      body += bytes.toString('latin1')
    },
  })
  let length = 0
  // More memory than was read, with what an earlier read left in it.
  const memory = Buffer.alloc(100_000, '\r\n0123456789abcdef\r\n')
  for (const piece of pieces) length += reader.push(memory, memory.write(piece, 'latin1'))
  if (!reader.over) reader.close()
  return { head, body, length }
}

const whole: readonly (readonly [string, string, string])[] = [
  ['chunks', 'transfer-encoding: chunked\r\n\r\n5\r\nHello\r\n0A;x="y"\r\n, world!!!\r\n0\r\n\r\n', 'Hello, world!!!'],
  ['chunks with trailers', 'Transfer-Encoding: Chunked\r\n\r\n1\r\na\r\n0\r\nx: y\r\nz:\r\n\r\n', 'a'],
  ['a length', 'Content-Length: 5\r\n\r\nHello', 'Hello'],
  ['a length told twice', 'content-length: 2\r\ncontent-length: 2\r\n\r\nHi', 'Hi'],
  ['no body', 'content-length: 0\r\n\r\n', ''],
  ['until the connection closes', 'x: y\r\n\r\nall that comes', 'all that comes'],
]

for (const [name, rest, body] of whole) {
  test(`a response with ${name} reads the same wherever it is cut`, () => {
    const text = `HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\nServer:  a b \r\n${rest}`
    const expected = read([text])
    assert.equal(expected.body, body)
    assert.equal(expected.length, text.length)
    assert.equal(expected.head?.status, 200)
    assert.equal(expected.head?.fields.get('server'), 'a b')
    assert.deepEqual(read([...text]), expected)
    for (let cut = 1; cut < text.length; cut++) assert.deepEqual(read([text.slice(0, cut), text.slice(cut)]), expected)
  })
}

test('what comes behind a response is not part of it', () => {
  const text = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n'
  assert.equal(read([`${text}HiHTTP/1.1`]).length, text.length + 2)
})

test('a connection carries no other response where either side says so, or it has to be closed', () => {
  const kept = (text: string) => read([text]).head?.keepAlive
  assert.equal(kept('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'), true)
  assert.equal(kept('HTTP/1.1 204 No Content\r\n\r\n'), true)
  assert.equal(kept('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nConnection: x, Close\r\n\r\n'), false)
  assert.equal(kept('HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n'), false)
  assert.equal(kept('HTTP/1.1 200 OK\r\n\r\n'), false)
})

const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
const broken: Readonly<Record<string, string>> = {
  'another protocol': 'SSH-2.0-OpenSSH\r\n',
  'a start without its CR': 'HTTP/1.1 200 OK\n\r\n',
  'a protocol that nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  'a header without a name': 'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
  'a header with a space before its colon': 'HTTP/1.1 200 OK\r\nx : y\r\n\r\n',
  'a folded header': 'HTTP/1.1 200 OK\r\nx: y\r\n z\r\n\r\n',
  'a header with a bare CR': 'HTTP/1.1 200 OK\r\nx: y\rz\r\n\r\n',
  'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
  'a signed length': 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n\r\n',
  'an endless length': `HTTP/1.1 200 OK\r\ncontent-length: ${'9'.repeat(20)}\r\n\r\n`,
  'chunks and a length': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  'another coding': 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n',
  'chunks in HTTP/1.0': 'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
  'a chunk without a size': `${chunked}\r\n`,
  'a chunk whose size is no number': `${chunked}5 5\r\nHello`,
  'a chunk with a negative size': `${chunked}-5\r\nHello`,
  'a chunk that is longer than its size': `${chunked}2\r\nHello\r\n`,
  'a chunk too large': `${chunked}10000000\r\n`,
  'headers without end': `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(15_000)}`,
  'a line without end': `HTTP/1.1 200 ${'x'.repeat(70_000)}`,
  'an extension without end': `${chunked}1;${'x'.repeat(70_000)}`,
  'trailers without end': `${chunked}0\r\n${'x: y\r\n'.repeat(15_000)}`,
}

test('what two readers could take for two different answers is an error', () => {
  for (const [name, text] of Object.entries(broken)) {
    const isBad = (error: unknown) => error instanceof ResponseError && error.code === 'BAD_RESPONSE'
    assert.throws(() => read([text]), isBad, name)
    assert.throws(() => read(text.length > 1_000 ? [text.slice(0, 500), text.slice(500)] : [...text]), isBad, name)
  }
})

test('a response that is cut is not taken for a whole one', () => {
  const texts = [
    '',
    'HTTP/1.1 200 OK\r\n',
    `${chunked}5\r\nHello\r\n`,
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nHi',
  ]
  for (const text of texts)
    assert.throws(
      () => read([text]),
      error => error instanceof ResponseError && error.code === 'CLOSED_EARLY',
    )
})

test('a reader that was stopped in the middle of a read tells nothing more', () => {
  const told: string[] = []
  const reader = new ResponseReader({
    onHead() {},
    onBody(bytes) {
      told.push(bytes.toString())
      reader.stop()
    },
  })
  const bytes = Buffer.from(`${chunked}1\r\na\r\n1\r\nb\r\n`)
  reader.push(bytes, bytes.length)
  assert.deepEqual(told, ['a'])
  assert.equal(reader.over, true)
})
