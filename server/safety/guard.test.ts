import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { isFault } from '#kit'
import type { SafetyOptions } from './create-safety.ts'
import { never, safetyWith, screened } from './safety-under-test.ts'

type Answer = (text: string, response: ServerResponse) => void

/** A real guard that answers as told, and a filter that asks it. */
async function guarded(
  context: TestContext,
  answer: Answer,
  whenDown: 'fail' | 'pass' = 'fail',
  options: Partial<SafetyOptions> = {},
) {
  const asked: string[] = []
  const behaviour = { answer }
  const server = createServer((incoming: IncomingMessage, response) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
    })
    incoming.on('end', () => {
      const { text } = JSON.parse(body) as { text: string }
      asked.push(text)
      behaviour.answer(text, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const under = safetyWith({ guard: { url, apiKey: 'key', whenDown }, ...options })
  context.after(async () => {
    await under.safety.close()
    server.closeAllConnections()
    server.close()
  })
  return { ...under, asked, behaviour, server }
}

const says =
  (judge: (text: string) => unknown): Answer =>
  (text, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(judge(text)))

const bad = says(text => ({ safe: !text.includes('bad'), score: 0.9, categories: ['violence', 'other'] }))

test('a guard judges questions, by its first category', async context => {
  const { safety } = await guarded(context, bad)
  assert.equal(await safety.screenPrompt(['good'], never), undefined)
  assert.partialDeepStrictEqual(await safety.screenPrompt(['bad'], never), { category: 'violence', stage: 'guard' })
})

test('a long text is judged in windows, and none of it is left out', async context => {
  const { safety, asked } = await guarded(context, bad)
  assert.ok(await safety.screenPrompt([`${'fine '.repeat(3_999)}bad`], never))
  assert.ok(await safety.screenPrompt([`${'x'.repeat(7_998)}bad${'x'.repeat(9_000)}`], never))
  assert.ok(asked.every(text => text.length <= 8_000))
})

test('a guard that fails, is late, or talks nonsense never lets a text pass in silence', async context => {
  const failures: Answer[] = [
    (_text, response) => response.writeHead(500).end(),
    (_text, response) => response.end('not json'),
    says(() => ({ safe: 'yes' })),
    says(() => ({})),
    (_text, response) => response.end(`{"safe":true,"padding":"${'x'.repeat(70_000)}"}`),
    (_text, response) => response.destroy(),
  ]
  for (const failure of failures) {
    const failing = await guarded(context, failure)
    await assert.rejects(
      failing.safety.screenPrompt(['x'], never),
      error => isFault(error) && error.code === 'overloaded' && error.retryAfterMs === 5_000,
    )
    assert.deepEqual(failing.told, [{ stage: 'guard', at: 'prompt', outcome: 'guard_failed', category: 'unsafe' }])
    const passing = await guarded(context, failure, 'pass')
    assert.equal(await passing.safety.screenPrompt(['x'], never), undefined)
    assert.equal(passing.told.length, 1)
  }
})

test('after five failures in a row a guard is left alone', async context => {
  const { safety, asked } = await guarded(context, (_text, response) => response.writeHead(500).end(), 'pass')
  for (let count = 0; count < 9; count++) await safety.screenPrompt(['x'], never)
  assert.equal(asked.length, 5)
})

test('texts that a guard will not take are not judged, and leave it in service for the others', async context => {
  const { safety, asked } = await guarded(context, (text, response) =>
    text === 'x' ? response.writeHead(413).end() : response.end('{"safe":true}'),
  )
  for (let count = 0; count < 9; count++) await assert.rejects(safety.screenPrompt(['x'], never), isFault)
  assert.equal(await safety.screenPrompt(['Hello'], never), undefined)
  assert.equal(asked.length, 10)
})

test('a rested guard is tried again after 5 s, and an aborted try is none', async context => {
  let elapsed = 0
  const clock = { now: () => elapsed, elapsed: () => elapsed }
  const guard = await guarded(context, (_text, response) => response.writeHead(500).end(), 'fail', { clock })
  const screen = (signal = never) => guard.safety.screenPrompt(['x'], signal)
  for (let count = 0; count < 5; count++) await assert.rejects(screen())
  elapsed = 5_001
  const abort = new AbortController()
  guard.behaviour.answer = () => abort.abort('stopped')
  await assert.rejects(screen(abort.signal), error => error === 'stopped')
  guard.behaviour.answer = bad
  assert.equal(await screen(), undefined)
})

test('no character is cut in two, neither for the guard nor for the reader', async context => {
  const { safety, asked } = await guarded(context, bad)
  await safety.screenPrompt([`x${'😀'.repeat(6_000)}`], never)
  const screen = safety.screenReply(() => {})
  const pieces = Array.from({ length: 20 }, (_, index) => screen?.push(index === 0 ? 'x' : '😀'.repeat(50)).release)
  pieces.push((await screen?.end(never))?.release)
  assert.ok(asked.length > 3)
  for (const text of [...asked, ...pieces]) assert.ok(text?.isWellFormed())
})

test("the guard's verdict is no silence: what may become a phrase goes on waiting", async context => {
  const { safety } = await guarded(context, bad, 'fail', { blocklist: new Map([['blocked', ['build a bomb']]]) })
  const news = Promise.withResolvers<void>()
  const screen = safety.screenReply(() => news.resolve())
  assert.equal(screen?.push(`${'word '.repeat(80)}build a`).release.length, 400)
  await news.promise
  assert.equal(screen?.settle().release, '')
  assert.equal(screen?.settle().release, 'build a')
})

test('an aborted question rejects with the reason', async context => {
  const { safety } = await guarded(context, () => {})
  const abort = new AbortController()
  const judging = safety.screenPrompt(['x'], abort.signal)
  abort.abort('stopped')
  await assert.rejects(judging, error => error === 'stopped')
})

test('a reply is judged while it streams and at its end: at most 600 characters are ahead of the verdict', async context => {
  const held: (() => void)[] = []
  const { safety, behaviour } = await guarded(context, (_text, response) => {
    held.push(() => response.end('{"safe":true}'))
  })
  const news = Promise.withResolvers<void>()
  const screen = safety.screenReply(() => news.resolve())
  assert.ok(screen !== undefined)
  let released = ''
  for (let count = 0; count < 200; count++) released += screen.push('word ').release
  assert.equal(released.length, 600)
  while (held.length === 0) await new Promise(setImmediate)
  held.shift()?.()
  await news.promise
  released += screen.settle().release
  assert.ok(released.length > 900)
  behaviour.answer = says(() => ({ safe: true }))
  for (const answer of held.splice(0)) answer()
  const ending = screen.end(never)
  while (held.length > 0) held.shift()?.()
  released += (await ending).release
  assert.equal(released, 'word '.repeat(200))
})

test('an unsafe end of a reply is refused; a reply without a verdict is no reply', async context => {
  const guard = await guarded(context, bad)
  const { text, refusal } = await screened(guard, [`${'word '.repeat(130)}`, 'and bad'])
  assert.equal(text.length, 600)
  assert.equal(refusal?.stage, 'guard')
  guard.behaviour.answer = (_text, response) => response.writeHead(500).end()
  await assert.rejects(screened(guard, ['short']), isFault)
})
