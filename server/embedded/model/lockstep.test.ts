import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLockstep } from './lockstep.ts'

test('nobody goes ahead before all are ready, and who leaves is not waited for', async () => {
  const lockstep = createLockstep()
  const steps: string[] = []
  const walk = async (name: string, count: number) => {
    const member = lockstep.join()
    for (let step = 1; step <= count; step++) {
      await member.ready()
      steps.push(`${name}${step}`)
    }
    member.leave()
  }
  await Promise.all([walk('a', 3), walk('b', 1), walk('c', 2)])
  assert.deepEqual(steps, ['a1', 'b1', 'c1', 'a2', 'c2', 'a3'])
})
