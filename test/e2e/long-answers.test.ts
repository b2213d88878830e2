import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { inaccessible, startBrowser, withBrowser } from '../support/browser.ts'
import { until } from '../support/server.ts'
import { type StandInCluster, startStandIn } from '../system/stand-in-cluster.ts'
import { answer, say, startAsAda } from './page.ts'

test(
  'a long list is one list, a long table one table and long code one block, copied whole; nothing moves when an answer is read again',
  withBrowser,
  async t => {
    const cluster = await startStandIn(t)
    const { page } = await startAsAda(t, await startBrowser(t), cluster.yaml)
    await t.test('the numbers of a list go on, and its items lie evenly', () => longLists(page, cluster))
    await page.goto('/')
    await t.test('the lines of a verse stay lines', () => verse(page, cluster))
    await page.goto('/')
    await t.test('lists and quotes begin on the side where their words begin', () => rightToLeft(page, cluster))
    await page.goto('/')
    await t.test('the columns of a table lie one below the other', () => longTable(page, cluster))
    await page.goto('/')
    await t.test('long code keeps its width and its place', () => longCode(page, cluster))
  },
)

async function longLists(page: Page, cluster: StandInCluster): Promise<void> {
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
  // What is passed over is found, and the page, which stands at its end, does not pull back whoever goes there.
  assert.ok(await page.evaluate<boolean>(`find('Step 9')`))
  await page.evaluate(`getSelection().focusNode.parentElement.scrollIntoView({ block: 'center' })`)
  for (let frame = 0; frame < 3; frame += 1) await page.evaluate(twoFrames)
  assert.ok(await page.evaluate<boolean>(foundInSight))
}

async function verse(page: Page, cluster: StandInCluster): Promise<void> {
  const text = 'Let others write of gold and kings,\nOf crowns and ships and costly rings.'
  await say(page, 'wait for a verse')
  const held = await cluster.begun('wait for a verse')
  held.say(text)
  held.finish()
  await answer(page, 'costly rings.').waitFor()
  assert.equal(await answer(page, 'costly rings.').getByText('Let others write').innerText(), text)
}

async function rightToLeft(page: Page, cluster: StandInCluster): Promise<void> {
  await say(page, 'wait for Arabic')
  const held = await cluster.begun('wait for Arabic')
  held.say('- تفاح\n- `code` وخبز\n- Brot\n\n> سلام\n\nDas war es.\n\n- Äpfel\n- خبز\n\n> Friede\n')
  held.finish()
  await answer(page, 'Friede').waitFor()
  assert.deepEqual(await page.evaluate<string[]>(sidesOfBlocks), ['rtl', 'rtl', 'ltr', 'ltr'])
  assert.deepEqual(await page.evaluate<string[]>(sidesOfLines), [...eachOf('right', 4), ...eachOf('left', 4)])
}

async function longTable(page: Page, cluster: StandInCluster): Promise<void> {
  await say(page, 'wait for a table')
  const held = await cluster.begun('wait for a table')
  held.say(chapters.join('') + tableHead + rows.slice(0, 31).join(''))
  await answer(page, 'Row 31').waitFor()
  held.say(rows.slice(31).join(''))
  await answer(page, 'Row 70').waitFor()
  await isOneTable(page)
  assert.deepEqual(await inaccessible(page), [])
  await page.setViewportSize({ width: 600, height: 900 })
  await isOneTable(page)
  await page.setViewportSize({ width: 1440, height: 900 })

  held.finish()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()
  const before = await page.evaluate<number[]>(topsOfBlocks)
  assert.equal(before.length, chapters.length * 3 + 1)
  await page.reload()
  await answer(page, 'Row 70').waitFor()
  await isOneTable(page)
  assert.deepEqual(await page.evaluate<number[]>(topsOfBlocks), before)
}

async function longCode(page: Page, cluster: StandInCluster): Promise<void> {
  await say(page, 'wait for code')
  const held = await cluster.begun('wait for code')
  held.say(`\`\`\`text\n${lines.slice(0, 30).join('\n')}\n`)
  await answer(page, 'line 30').waitFor()
  const wide = await page.evaluate<number>(codeWidth)
  held.say(`${lines.slice(30).join('\n')}\n`)
  await answer(page, 'line 300').waitFor()
  await until('the beginning is passed over', () => page.evaluate<boolean>(firstPassedOver))
  assert.equal(await page.evaluate<number>(codeWidth), wide)
  const height = await page.evaluate<number>(codeHeight)
  const selected = await page.evaluate<string>(copiedCode)
  assert.deepEqual(selected.trimEnd().split(/\n+/), lines)

  await page.getByText('line 1 is', { exact: false }).scrollIntoViewIfNeeded()
  await page.evaluate(twoFrames)
  assert.equal(await page.evaluate<number>(codeHeight), height)
  await page.getByRole('button', { name: 'Wrap lines' }).click()
  assert.ok((await page.evaluate<number>(codeHeight)) > height)
  held.finish()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()
  await page.reload()
  await answer(page, 'line 300').waitFor()
  assert.equal(await page.evaluate<number>(codeWidth), wide)
  assert.equal(await page.evaluate<number>(codeHeight), height)
}

/** The first is wider than the window, and what comes later is not. */
const lines = Array.from(
  { length: 300 },
  (_, index) => `line ${index + 1}${index === 0 ? ` is ${'wide '.repeat(60)}` : ''}`,
).map(line => line.trimEnd())

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

/** Three blocks each, so that every kind of them is the first of something sooner or later. */
const chapters = Array.from({ length: 12 }, (_, index) => {
  const mark = ['##', '###', '####', '#'][index % 4]
  return `${mark} Chapter ${index + 1}\n\nIt has one paragraph.\n\n${index % 2 === 0 ? 'And another.' : '---'}\n\n`
})
const tableHead = '| Name | Count | What it means |\n| --- | ---: | --- |\n'
const rows = Array.from(
  { length: 70 },
  (_, index) => `| Row ${index + 1} | ${(index + 1) * 7} | *something* or other |\n`,
)

async function isOneTable(page: Page): Promise<void> {
  const table = answer(page, 'Row 70').getByRole('table')
  assert.equal(await table.count(), 1)
  assert.equal(await table.getByRole('columnheader').count(), 3)
  assert.equal(await table.getByRole('row').count(), 1 + rows.length)
  assert.equal(await table.getByRole('cell').count(), 3 * rows.length)
  await page.waitForFunction(columnsInLine)
  const lines = (await page.evaluate<string>(copied)).split('\n')
  assert.deepEqual(
    lines.slice(lines.indexOf('Name\tCount\tWhat it means')).filter(line => line !== ''),
    ['Name\tCount\tWhat it means', ...rows.map(row => row.replaceAll(/^\| | \|\n|\*/g, '').replaceAll(' | ', '\t'))],
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

const foundInSight = `(() => {
  const { top, bottom, height } = getSelection().getRangeAt(0).getBoundingClientRect()
  return height > 0 && top >= 0 && bottom <= innerHeight
})()`

/** From the top of each item to the top of the next, in CSS pixels. */
const distancesInLists = `[...document.querySelectorAll('article .markdown .list')].map(list => {
  const tops = [...list.querySelectorAll('li')].map(item => item.getBoundingClientRect().top)
  return tops.slice(1).map((top, index) => Math.round((top - tops[index]) * 10) / 10)
})`

const columnsInLine = `(() => {
  const lefts = [...document.querySelectorAll('article .markdown tr')].map(row =>
    [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left)).join())
  return new Set(lefts).size === 1
})()`

/** Below the top of the answer, in CSS pixels. */
const topsOfBlocks = `(() => {
  const answer = document.querySelector('article .markdown')
  return [...answer.querySelectorAll(':is(h1, h2, h3, h4, p, hr, section)')].map(block =>
    Math.round(block.getBoundingClientRect().top - answer.getBoundingClientRect().top))
})()`

const eachOf = (side: string, count: number) => Array.from({ length: count }, () => side)

/** Where their markers, or their edge, are. */
const sidesOfBlocks = `[...document.querySelectorAll('.markdown :is(ul, blockquote)')].map(block => getComputedStyle(block).direction)`

/** To which side of its box each line of text is nearer. */
const sidesOfLines = `[...document.querySelectorAll('.markdown p')].map(line => {
  const range = document.createRange()
  range.selectNodeContents(line)
  const [text, box] = [range.getBoundingClientRect(), line.getBoundingClientRect()]
  return text.left - box.left < box.right - text.right ? 'left' : 'right'
})`

const codeWidth = `document.querySelector('article pre').scrollWidth`
const codeHeight = `document.querySelector('article pre').scrollHeight`
const firstPassedOver = `!document.querySelector('article pre code > span > span')
  .checkVisibility({ contentVisibilityAuto: true })`

const twoFrames = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`

const copiedCode = `(() => {
  const selection = getSelection()
  selection.selectAllChildren(document.querySelector('article pre'))
  const text = selection.toString()
  selection.removeAllRanges()
  return text
})()`
