import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBrowser, withBrowser } from '../support/browser.ts'
import { until } from '../support/server.ts'
import { startStandIn } from '../system/stand-in-cluster.ts'
import { answer, phone, say, startAsAda } from './page.ts'

test('the chat follows an answer until its reader moves up, however little', withBrowser, async t => {
  const cluster = await startStandIn(t)
  const { page } = await startAsAda(t, await startBrowser(t), cluster.yaml)
  await say(page, 'wait for a long one')
  const held = await cluster.begun('wait for a long one')
  held.say(Array.from({ length: 80 }, (_, line) => `Line ${line}\n\n`).join(''))
  await answer(page, 'Line 79').waitFor()
  // As text: the tests' types know no document.
  const log = "document.querySelector('[role=log]')"
  const top = () => page.evaluate<number>(`${log}.scrollTop`)
  const toEnd = () => page.evaluate<number>(`${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight`)
  await until('the end is in sight', async () => (await toEnd()) < 5)
  held.say('And more.\n\n')
  await answer(page, 'And more.').waitFor()
  await until('the end is in sight again', async () => (await toEnd()) < 5)

  await answer(page, 'And more.').hover()
  const end = await top()
  await page.mouse.wheel(0, -30)
  await until('it has moved up', async () => (await top()) === end - 30)
  held.say('The very last line.')
  held.finish()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()
  assert.equal(await top(), end - 30)
  await page.getByRole('button', { name: 'To the end' }).click()
  await until('the end is in sight once more', async () => (await toEnd()) < 5)
})

test('on a phone a finger lets go of the end when it moves the text up, and not otherwise', withBrowser, async t => {
  const cluster = await startStandIn(t)
  const { page, context } = await startAsAda(t, await startBrowser(t), cluster.yaml, phone)
  await say(page, 'wait for a long one')
  const held = await cluster.begun('wait for a long one')
  held.say(Array.from({ length: 80 }, (_, line) => `Line ${line}\n\n`).join(''))
  await answer(page, 'Line 79').waitFor()
  const devtools = await context.newCDPSession(page)
  const drag = async (byX: number, byY: number) => {
    const [x, y] = [200, 400]
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] })
    for (const step of [0.25, 0.5, 0.75, 1])
      await devtools.send('Input.dispatchTouchEvent', {
        type: 'touchMove',
        touchPoints: [{ x: x + byX * step, y: y + byY * step }],
      })
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  const toEnd = page.getByRole('button', { name: 'To the end' })
  for (const [x, y] of [
    [0, -120],
    [-120, 10],
  ] as const) {
    await drag(x, y)
    held.say(`Still followed after ${x}.\n\n`)
    await answer(page, `Still followed after ${x}.`).waitFor()
    assert.equal(await toEnd.count(), 0)
  }
  await drag(0, 120)
  held.say('Not followed.\n\n')
  await toEnd.waitFor()
  held.finish()
})
