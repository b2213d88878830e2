import assert from 'node:assert/strict'
import { test } from 'node:test'
import { didYouMean } from './did-you-mean.ts'

const known = ['name', 'url', 'api_key', 'messages_per_minute', 'models']

test('a slip of the finger or another style of writing finds the name', () => {
  const slips = {
    nmae: 'name',
    ur: 'url',
    apikey: 'api_key',
    'API-Key': 'api_key',
    messages_per_minut: 'messages_per_minute',
    mesages_per_minuet: 'messages_per_minute',
    model: 'models',
  }
  for (const [written, meant] of Object.entries(slips)) assert.equal(didYouMean(written, known), meant, written)
})

test('another word finds nothing', () => {
  for (const written of ['', 'x', 'colour', 'uri_of_it', 'game_time', 'm'.repeat(10_000)])
    assert.equal(didYouMean(written, known), undefined, written.slice(0, 20))
})
