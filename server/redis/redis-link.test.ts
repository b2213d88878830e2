import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Away, type LogFields } from '#kit'
import type { RedisConnection } from './redis-connection.ts'
import { openRedisLink, type RedisLinkOptions } from './redis-link.ts'

const url = 'redis://ada:secret@redis.example:6379'

/** A connection on which every command is answered with its name. */
const working = (part: Partial<RedisConnection> = {}): RedisConnection => ({
  nodes: [],
  send: async (_, [command]) => command,
  ping: async () => {},
  destroy() {},
  ...part,
})

function openLink(t: TestContext, options: Partial<RedisLinkOptions>) {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const lines: { readonly level: string; readonly fields: LogFields }[] = []
  const line = (level: string) => (fields: LogFields) => void lines.push({ level, fields })
  const link = openRedisLink({
    url,
    connect: async () => working(),
    tryOut: async () => {},
    onReturn: () => {},
    use: { purpose: 'work is done in Redis', without: 'none is done' },
    limitMs: 100,
    log: { debug() {}, info: line('info'), warn: line('warn'), error: line('error') },
    ...options,
  })
  t.after(link.close)
  return Object.assign(link, { lines })
}

/** Lets everything happen that needs no time. */
async function settle(): Promise<void> {
  for (let ticks = 0; ticks < 5; ticks++) await new Promise(setImmediate)
}

const say = (link: { run: ReturnType<typeof openRedisLink>['run'] }) => link.run(send => send('key', ['PING']))

test('a Redis that cannot be reached is tried for ever, at longer and longer times, and told of once', async t => {
  const triedAt: number[] = []
  let elapsed = 0
  const connect = async () => {
    triedAt.push(elapsed)
    throw new Error('refused')
  }
  const link = openLink(t, { connect })
  for (; elapsed < 30; elapsed++, t.mock.timers.tick(1_000)) {
    await settle()
    await assert.rejects(say(link), Away)
  }
  assert.deepEqual(triedAt, [0, 1, 3, 7, 12, 17, 22, 27])
  assert.deepEqual(
    link.lines.map(({ level }) => level),
    ['warn'],
  )
})

test('a Redis that answers but cannot do its work is not used', async t => {
  let told = 0
  const tryOut = async () => {
    throw new Error('OOM command not allowed')
  }
  const link = openLink(t, { tryOut, onReturn: () => told++ })
  for (let seconds = 0; seconds < 10; seconds++) {
    await settle()
    await assert.rejects(say(link), Away)
    t.mock.timers.tick(1_000)
  }
  assert.deepEqual(
    link.lines.map(({ fields }) => fields.refusal),
    ['OOM'],
  )
  assert.equal(told, 0)
})

test('a connection that breaks is replaced after a second, whether or not somebody used it', async t => {
  let fail: (error: unknown) => void = () => {}
  let connections = 0
  let destroyed = 0
  let told = 0
  const connect: RedisLinkOptions['connect'] = async ({ onError }) => {
    fail = onError
    connections++
    return working({ destroy: () => destroyed++ })
  }
  const link = openLink(t, { connect, onReturn: () => told++ })
  await settle()
  assert.equal(await say(link), 'PING')
  fail(new Error('Socket closed'))
  await settle()
  await assert.rejects(say(link), Away)
  t.mock.timers.tick(999)
  await settle()
  assert.equal(connections, 1)
  t.mock.timers.tick(1)
  await settle()
  assert.equal(await say(link), 'PING')
  assert.deepEqual({ connections, destroyed, told }, { connections: 2, destroyed: 1, told: 2 })
})

test('the other nodes of a cluster are tried when the named one is gone', async t => {
  const nodes = ['redis://node-1:6379', 'redis://node-2:6379']
  const tried: string[] = []
  let fail: (error: unknown) => void = () => {}
  const connect: RedisLinkOptions['connect'] = async ({ url: address, onError }) => {
    fail = onError
    tried.push(address)
    if (tried.length > 1 && address !== nodes[1]) throw new Error('refused')
    return working({ nodes })
  }
  const link = openLink(t, { connect })
  await settle()
  fail(new Error('Socket closed'))
  for (let seconds = 0; seconds < 5; seconds++) {
    await settle()
    t.mock.timers.tick(1_000)
  }
  assert.deepEqual(tried, [url, url, ...nodes])
  assert.equal(await say(link), 'PING')
})

test('one call that fails sends all others away for a second; a connection that then answers is kept', async t => {
  let connections = 0
  const connect = async () => {
    connections++
    return working()
  }
  const link = openLink(t, { connect })
  await settle()
  const failure = new Error('the script is wrong')
  await assert.rejects(
    link.run(() => Promise.reject(failure)),
    error => error instanceof Away && error.cause === failure,
  )
  await assert.rejects(say(link), Away)
  t.mock.timers.tick(1_000)
  await settle()
  assert.equal(await say(link), 'PING')
  assert.equal(connections, 1)
})

test('a link that is closed ends its connection and connects no more', async t => {
  let connections = 0
  let destroyed = 0
  const connect = async () => {
    connections++
    return working({ destroy: () => destroyed++ })
  }
  const link = openLink(t, { connect })
  await settle()
  await link.close()
  await assert.rejects(say(link), Away)
  t.mock.timers.tick(60_000)
  await settle()
  assert.deepEqual({ connections, destroyed }, { connections: 1, destroyed: 1 })
  assert.equal(link.lines.length, 1)
})
