import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, suite, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '#kit'
import { ask, longRequest, patchModel, post, silentLog, smallModel, startSmallModel, user } from './model-under-test.ts'
import type { ModelOptions } from './start-model.ts'

/** Waits for a condition; the test's own time limit ends a wait in vain. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(10)
}

/** Whether no process has this id. One that nobody has buried yet (a zombie, on Linux) runs no more. */
async function isGone(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return true
  }
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return state.split(') ')[1]?.startsWith('Z') ?? false
}

/** Every process that a model started, by the log. */
const started: number[] = []
const log: Log = {
  ...silentLog,
  debug(fields) {
    if (typeof fields.pid === 'number') started.push(fields.pid)
  },
}
const start = (options: Partial<ModelOptions> = {}) => startSmallModel({ ...options, log })
const noChildLeft = async () => (await Promise.all(started.map(isGone))).every(Boolean)

suite('a model file that cannot be loaded', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-model-'))
  })
  after(() => rm(folder, { recursive: true }))

  async function refusal(file: string): Promise<string> {
    const error: unknown = await start({ file }).catch((reason: unknown) => reason)
    assert.ok(error instanceof Error)
    assert.ok(error.message.includes(file) && /^The .*\.$/.test(error.message), error.message)
    assert.ok(await noChildLeft())
    return error.message
  }

  test('is refused with its reason when it is missing, a folder, or something else', async () => {
    assert.match(await refusal(join(folder, 'missing.gguf')), /does not exist/)
    assert.match(await refusal(folder), /is a folder/)
    await writeFile(join(folder, 'empty.gguf'), '')
    assert.match(await refusal(join(folder, 'empty.gguf')), /not a GGUF file/)
    await writeFile(join(folder, 'noise.gguf'), randomBytes(10_000))
    assert.match(await refusal(join(folder, 'noise.gguf')), /not a GGUF file/)
  })

  test('is refused when it is cut off, in its weights or in its header', async () => {
    const bytes = await readFile(smallModel)
    await writeFile(join(folder, 'cut.gguf'), bytes.subarray(0, bytes.length / 2))
    assert.match(await refusal(join(folder, 'cut.gguf')), /corrupted or incomplete/)
    await writeFile(join(folder, 'header.gguf'), bytes.subarray(0, 5_000))
    assert.match(await refusal(join(folder, 'header.gguf')), /could not be loaded: ./)
  })

  test('is refused when its header is noise, or lacks a tensor', async () => {
    await writeFile(join(folder, 'noise.gguf'), Buffer.concat([Buffer.from('GGUF'), randomBytes(100_000)]))
    assert.match(await refusal(join(folder, 'noise.gguf')), /could not be loaded: ./)
    const lacking = await patchModel(join(folder, 'lacking.gguf'), [['blk.0.attn_q', 'blk.9.attn_q']])
    assert.match(await refusal(lacking), /blk\.0\.attn_q\.weight/)
  })

  test('is refused when llama.cpp crashes on it', async () => {
    const bytes = await readFile(smallModel)
    const key = 'llama.attention.head_count'
    bytes.writeUInt32LE(0, bytes.indexOf(key) + key.length + 4) // after the value's type
    await writeFile(join(folder, 'crash.gguf'), bytes)
    assert.match(await refusal(join(folder, 'crash.gguf')), /the loader crashed \(SIG/)
  })

  test('a load that is given up leaves no process', async () => {
    const reason = new Error('shutting down')
    const giveUp = new AbortController()
    const before = started.length
    const loading = start({ signal: giveUp.signal })
    await until(() => started.length > before)
    giveUp.abort(reason)
    await assert.rejects(loading, error => error === reason)
    assert.ok(await noChildLeft())
  })
})

suite('the process of a model', () => {
  test('is restarted on the same address when it dies, and serves again', async () => {
    const model = await start()
    const { pid } = model
    process.kill(pid, 'SIGKILL')
    await until(() => model.pid !== pid)
    assert.ok((await ask(model, { messages: [user('Hello')] })).text.length > 0)
    await model.stop()
    assert.equal(await model.exited, undefined)
    assert.ok(await isGone(model.pid))
  })

  test('is given up after too many deaths in a row', async () => {
    const model = await start({ restarts: 1 })
    const { pid } = model
    process.kill(pid, 'SIGTERM')
    await until(() => model.pid !== pid)
    process.kill(model.pid, 'SIGKILL')
    assert.match((await model.exited)?.message ?? '', /died 2 times in a row/)
    assert.ok(await noChildLeft())
    await model.stop()
  })

  test('ends on stop, in the middle of an answer or of a restart', async () => {
    const answering = await start()
    const response = await post(answering, { ...longRequest, stream: true })
    await answering.stop()
    await assert.rejects(response.text())
    assert.ok(await isGone(answering.pid))

    const restarting = await start()
    const before = started.length
    process.kill(restarting.pid, 'SIGKILL')
    await until(() => started.length > before)
    await restarting.stop()
    assert.equal(await restarting.exited, undefined)
    assert.ok(await noChildLeft())
  })

  test('leaves Ctrl-C to its parent', async () => {
    const model = await start()
    const { pid } = model
    process.kill(pid, 'SIGINT')
    assert.ok((await ask(model, { messages: [user('Hello')] })).text.length > 0)
    assert.equal(model.pid, pid)
    await model.stop()
  })
})

suite('the process of a model whose parent is killed', () => {
  const script = `
    const { startModel } = await import(${JSON.stringify(new URL('start-model.ts', import.meta.url).href)})
    const tell = facts => console.log(JSON.stringify(facts))
    const log = { info() {}, warn() {}, error() {}, debug: fields => fields.pid && tell({ pid: fields.pid }) }
    const { url, apiKey } = await startModel({ name: 'small', file: ${JSON.stringify(smallModel)}, log })
    tell({ url, apiKey })`

  async function startParent() {
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]()
    const next = async () =>
      JSON.parse(String((await lines.next()).value)) as { pid: number; url: string; apiKey: string }
    return { kill: () => parent.kill('SIGKILL'), next, pid: (await next()).pid }
  }

  test('ends while it loads', async () => {
    const parent = await startParent()
    parent.kill()
    await until(() => isGone(parent.pid))
  })

  test('ends while it is idle', async () => {
    const parent = await startParent()
    await parent.next()
    parent.kill()
    await until(() => isGone(parent.pid))
  })

  test('ends in the middle of an answer', async () => {
    const parent = await startParent()
    const { url, apiKey } = await parent.next()
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ ...longRequest, stream: true }),
    })
    parent.kill()
    await until(() => isGone(parent.pid))
    await response.body?.cancel().catch(() => {})
  })
})
