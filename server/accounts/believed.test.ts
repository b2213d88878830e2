import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBelieved } from './believed.ts'

function start() {
  let now = 0
  const asked: PromiseWithResolvers<string | undefined>[] = []
  const believed = createBelieved<string>(
    () => {
      const answer = Promise.withResolvers<string | undefined>()
      asked.push(answer)
      return answer.promise
    },
    { now: () => now, elapsed: () => now },
  )
  return {
    believed,
    asked,
    pass(ms: number) {
      now += ms
    },
  }
}

test('a word is believed for two seconds, also that there is nobody; many who ask at once cost one look-up', async () => {
  const { believed, asked, pass } = start()
  const both = Promise.all([believed.get('a'), believed.get('a')])
  asked[0]?.resolve(undefined)
  assert.deepEqual(await both, [undefined, undefined])
  pass(1_999)
  assert.equal(await believed.get('a'), undefined)
  assert.equal(asked.length, 1)
  pass(1)
  const later = believed.get('a')
  asked[1]?.resolve('Ada')
  assert.equal(await later, 'Ada')
})

test('what was forgotten while it was looked up is not believed', async () => {
  const { believed, asked } = start()
  const before = believed.get('a')
  believed.forget('a')
  const after = believed.get('a')
  asked[1]?.resolve(undefined)
  assert.equal(await after, undefined)
  asked[0]?.resolve('Ada')
  assert.equal(await before, 'Ada')
  assert.equal(await believed.get('a'), undefined)
})

test('a look-up that fails says nothing: the next one asks again', async () => {
  const { believed, asked } = start()
  const failing = believed.get('a')
  asked[0]?.reject(new Error('away'))
  await assert.rejects(failing)
  const again = believed.get('a')
  asked[1]?.resolve('Ada')
  assert.equal(await again, 'Ada')
})
