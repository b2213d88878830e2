import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { inaccessible, startBrowser, withBrowser } from '../support/browser.ts'
import { startStandIn } from '../system/stand-in-cluster.ts'
import { answer, say, startAsAda } from './page.ts'

test(
  'a long list is one list: its numbers go on, its items lie evenly, and it is copied whole',
  withBrowser,
  async t => {
    const cluster = await startStandIn(t)
    const { page } = await startAsAda(t, await startBrowser(t), cluster.yaml)
    await say(page, 'wait for two lists')
    const held = await cluster.begun('wait for two lists')
    held.say(steps.slice(0, 30).map(numbered).join(''))
    await answer(page, 'Step 31').waitFor()
    assert.deepEqual(await numbersSaid(page), numbers.slice(0, 30))
    held.say(steps.slice(30).map(numbered).join(''))
    held.say(`\nAnd apart from that:\n\n${reasons.map(text => `- ${text}\n\n`).join('')}`)
    await answer(page, 'Reason 40').waitFor()
    await isWhole(page)
    assert.deepEqual(await inaccessible(page), [])

    held.finish()
    await page.getByRole('button', { name: 'Details of this answer' }).waitFor()
    await page.reload()
    await answer(page, 'Reason 40').waitFor()
    await isWhole(page)
  },
)

const steps = Array.from({ length: 70 }, (_, index) => `Step ${index + 2}`)
const numbers = steps.map(step => `${step.slice(5)}. `)
const reasons = Array.from({ length: 40 }, (_, index) => `Reason ${index + 1}`)

const numbered = (step: string, index: number) => `${index === 0 ? 2 : 1}. ${step}\n`

async function isWhole(page: Page): Promise<void> {
  const text = answer(page, 'Reason 40')
  assert.equal(await text.getByRole('list').count(), 2)
  assert.equal(await text.getByRole('listitem').count(), steps.length + reasons.length)
  assert.deepEqual(await numbersSaid(page), numbers)
  const lines = (await page.evaluate<string>(copied)).split(/\n+/)
  assert.deepEqual(lines, [...steps, 'And apart from that:', ...reasons])
  const distances = await page.evaluate<number[][]>(distancesInLists)
  assert.deepEqual(
    distances.map(list => new Set(list).size),
    [1, 1],
    JSON.stringify(distances),
  )
}

/** The numbers of items, as the browser tells them to whoever listens. */
async function numbersSaid(page: Page): Promise<readonly string[]> {
  const devtools = await page.context().newCDPSession(page)
  const { nodes } = await devtools.send('Accessibility.getFullAXTree')
  await devtools.detach()
  return nodes
    .filter(({ role }) => /^(ListMarker|StaticText)$/.test(String(role?.value)))
    .map(({ name }) => String(name?.value))
    .filter(said => /^\d+\. $/.test(said))
}

/** As text: the tests' types know no document. */
const copied = `(() => {
  const selection = getSelection()
  selection.selectAllChildren(document.querySelector('article .markdown'))
  const text = selection.toString()
  selection.removeAllRanges()
  return text
})()`

/** From the top of each item to the top of the next, in CSS pixels. */
const distancesInLists = `[...document.querySelectorAll('article .markdown > .list')].map(list => {
  const tops = [...list.querySelectorAll('li')].map(item => item.getBoundingClientRect().top)
  return tops.slice(1).map((top, index) => Math.round((top - tops[index]) * 10) / 10)
})`
