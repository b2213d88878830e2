import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fastify } from 'fastify'
import { createProblemHandler } from '../problem.ts'
import { limitRequests, spendMessage } from './limit-headers.ts'
import { createLimits, type UserLimits } from './limits.ts'
import { createMemoryMeters } from './memory-meters.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const config: UserLimits = { requestsPerMinute: 60, messagesPerMinute: 20, burst: 2, tokensPerMinute: 1_000 }

function serve(changes: Partial<UserLimits> = {}) {
  let stored = 0
  const limits = createLimits({ ...config, ...changes }, createMemoryMeters({ now: () => 0, elapsed: () => 0 }))
  const app = fastify()
  app.setErrorHandler(createProblemHandler(log))
  app.decorateRequest('principal', null)
  app.addHook('onRequest', async request => {
    request.principal = { userId: String(request.headers['x-user'] ?? 'ada'), admin: false, sessionId: undefined }
  })
  app.addHook('onRequest', limitRequests(limits))
  app.get('/read', async () => ({}))
  app.post('/send', async (request, reply) => {
    await spendMessage(limits, request, reply)
    stored++
    return {}
  })
  const call = async (method: 'GET' | 'POST', url: string, user = 'ada') => {
    const { statusCode, headers, ...answer } = await app.inject({ method, url, headers: { 'x-user': user } })
    const left = ['limit', 'remaining', 'reset'].map(field => headers[`ratelimit-${field}`])
    return { status: statusCode, left, retryAfter: headers['retry-after'], problem: answer.json() }
  }
  return { limits, call, stored: () => stored }
}

test('every answer says what is left of the requests', async () => {
  const { call } = serve()
  assert.deepEqual((await call('GET', '/read')).left, ['60', '59', '1'])
  assert.deepEqual((await call('GET', '/nowhere')).left, ['60', '58', '2'])
  assert.deepEqual((await call('GET', '/read', 'bob')).left, ['60', '59', '1'])
})

test('the reset is in whole seconds, rounded up', async () => {
  const { call } = serve({ requestsPerMinute: 300 })
  assert.deepEqual((await call('GET', '/read')).left, ['300', '299', '1'])
})

test('an answer to a message says what is left of the messages', async () => {
  const { call } = serve()
  assert.deepEqual((await call('POST', '/send')).left, ['3', '2', '3'])
  assert.deepEqual((await call('GET', '/read')).left, ['60', '58', '2'])
})

test('of the two, the answer to a message shows the one with less left', async () => {
  const { call } = serve({ requestsPerMinute: 2, burst: 10 })
  assert.deepEqual((await call('POST', '/send')).left, ['2', '1', '30'])
})

test('one message too many is a 429 with Retry-After, the message limit in its headers, and nothing stored', async () => {
  const { call, stored } = serve()
  for (let count = 0; count < 3; count++) assert.equal((await call('POST', '/send')).status, 200)
  const { status, left, retryAfter, problem } = await call('POST', '/send')
  assert.deepEqual({ status, left, retryAfter }, { status: 429, left: ['3', '0', '9'], retryAfter: '3' })
  assert.equal(problem.code, 'rate_limited')
  assert.match(problem.detail, /20 messages a minute.*in 3 seconds/)
  assert.equal(stored(), 3)
})

test('one request too many is a 429 with the request limit in its headers', async () => {
  const { call } = serve({ requestsPerMinute: 2 })
  await call('GET', '/read')
  await call('GET', '/read')
  const { status, left, retryAfter } = await call('GET', '/read')
  assert.deepEqual({ status, left, retryAfter }, { status: 429, left: ['2', '0', '60'], retryAfter: '30' })
  assert.equal((await call('GET', '/read', 'bob')).status, 200)
})

test('token debt is a 429 with the token limit in its headers; reading goes on', async () => {
  const { call, limits } = serve()
  limits.tokensUsed('ada', 1_500)
  const { status, left, retryAfter } = await call('POST', '/send')
  assert.deepEqual({ status, left, retryAfter }, { status: 429, left: ['1000', '0', '90'], retryAfter: '31' })
  assert.equal((await call('GET', '/read')).status, 200)
})

test('without limits there are no such headers', async () => {
  const { call } = serve({ requestsPerMinute: 0, messagesPerMinute: 0, tokensPerMinute: 0 })
  for (let count = 0; count < 20; count++) {
    const { status, left } = await call('POST', '/send')
    assert.deepEqual({ status, left }, { status: 200, left: [undefined, undefined, undefined] })
  }
})
