import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ModelPage } from '#protocol'
import { processesIn, scratchFolder, startServer } from '../support/server.ts'
import { newConversation, problemOf, say } from './talk.ts'

const sound = fileURLToPath(new URL('../../models/parley-small.gguf', import.meta.url))

test('damaged model files are named in the log and left out; the server starts, and the sound one answers', async t => {
  const dataFolder = join(await scratchFolder(t), 'data')
  const models = join(dataFolder, 'models')
  await mkdir(models, { recursive: true })
  await copyFile(sound, join(models, 'sound.gguf'))
  const bytes = await readFile(sound)
  const damaged = { empty: '', noise: Buffer.alloc(100_000, 'noise'), cut: bytes.subarray(0, bytes.length / 2) }
  for (const [name, content] of Object.entries(damaged)) await writeFile(join(models, `${name}.gguf`), content)

  const server = await startServer(t, { dataFolder })
  const left = server.stderr
    .split('\n')
    .filter(line => line.includes('a model is left out'))
    .map(line => JSON.parse(line))
  assert.deepEqual(left.map(({ model, level }) => `${level} ${model}`).sort(), [
    'error cut',
    'error empty',
    'error noise',
  ])
  for (const { model, reason } of left)
    assert.match(reason, new RegExp(`^The model file ".*/${model}\\.gguf" could not be loaded: .+\\.$`))

  const { data } = ModelPage.parse((await server.api('GET', '/models')).body)
  const available = Object.fromEntries(data.map(model => [model.id, model.available]))
  assert.partialDeepStrictEqual(available, { sound: true, cut: false, empty: false, noise: false })
  const { id } = await newConversation(server, { model: 'sound' })
  assert.notEqual((await say(server, id, 'Hello')).content, '')
  for (const model of Object.keys(damaged)) {
    const answer = await server.api('POST', `/conversations/${id}/messages`, { content: 'Hello', model })
    problemOf(answer, 503, 'model_unavailable')
  }
  if (process.platform === 'linux') {
    const children = (await processesIn(server.workFolder)).filter(({ command }) => command.includes('model-child'))
    assert.equal(children.length, 1, 'no loader is left over')
  }
})
