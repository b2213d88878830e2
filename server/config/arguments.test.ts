import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argumentsAsEnvironment } from './arguments.ts'
import { ConfigError } from './mistake.ts'

test('--workers says what PARLEY_WORKERS says', () => {
  assert.deepEqual(argumentsAsEnvironment([]), {})
  assert.deepEqual(argumentsAsEnvironment(['--workers', '4']), { PARLEY_WORKERS: '4' })
  assert.deepEqual(argumentsAsEnvironment(['--workers=auto']), { PARLEY_WORKERS: 'auto' })
})

test('whatever else is written on the command line is a mistake, told as one', () => {
  for (const written of [['4'], ['--worker', '4'], ['--workers'], ['--workers', '--port']]) {
    assert.throws(
      () => argumentsAsEnvironment(written),
      error => error instanceof ConfigError && error.message.includes(`"${written.join(' ')}"`),
    )
  }
})
