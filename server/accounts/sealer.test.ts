import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSealer } from '#accounts'

const [old, current] = ['the-first-secret-of-this-instance', 'the-second-secret-of-this-instance']

test('what was sealed opens again, also after the secret was replaced, and only with one of the secrets', () => {
  const sealed = createSealer([old]).seal('Grüße', 'here')
  assert.equal(createSealer([old]).open(sealed, 'here'), 'Grüße')
  assert.equal(createSealer([current, old]).open(sealed, 'here'), 'Grüße')
  assert.equal(createSealer([current]).open(sealed, 'here'), undefined)
  assert.equal(createSealer([old]).open(createSealer([current, old]).seal('x', 'here'), 'here'), undefined)
})

test('a sealing shows nothing, is another each time, and opens neither elsewhere nor when it was changed', () => {
  const sealer = createSealer([current])
  const sealed = sealer.seal('the-key', 'here')
  assert.ok(!sealed.includes('the-key'))
  assert.notDeepEqual(sealed, sealer.seal('the-key', 'here'))
  assert.equal(sealer.open(sealed, 'there'), undefined)
  for (let place = 0; place < sealed.length; place++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(sealed.readUInt8(place) ^ 1, place)
    assert.equal(sealer.open(changed, 'here'), undefined)
  }
  for (const length of [0, 1, 20]) assert.equal(sealer.open(sealed.subarray(0, length), 'here'), undefined)
})
