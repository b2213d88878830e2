import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { freePort } from '../../server/embedded/free-port.ts'
import { openDevice, withBrowser } from '../support/browser.ts'
import { atEnd, until } from '../support/server.ts'
import type { HeldGeneration } from '../system/stand-in-cluster.ts'
import { atHome, home } from './at-home.ts'
import { ada, answer, openMenuOf, phone, say, showSidebar, startAsAda } from './page.ts'

test('a conversation is renamed, pinned, deleted, and brought back', withBrowser, async t => {
  const { page } = await atHome(t)
  await say(page, 'Good morning')
  await answer(page, 'You said: Good morning').waitFor()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()

  const line = (title: string) => page.getByRole('link', { name: title })
  await openMenuOf(page, 'Good morning')
  await page.getByRole('menuitem', { name: 'Rename' }).click()
  await page.getByLabel('New title').fill('Breakfast')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Breakfast' }).waitFor()

  await openMenuOf(page, 'Breakfast')
  await page.getByRole('menuitem', { name: 'Pin' }).click()
  await page.getByRole('heading', { name: 'Pinned' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'Pinned' }).waitFor()

  await openMenuOf(page, 'Breakfast')
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await page.getByText('What is on your mind').waitFor()
  await line('Breakfast').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Undo' }).click()
  await line('Breakfast').click()
  await answer(page, 'You said: Good morning').waitFor()
})

test(
  'an answer is written again beside the first, a question edited, and each version stays within reach',
  withBrowser,
  async t => {
    const { page, cluster } = await atHome(t, phone)
    await say(page, 'wait for the first')
    const first = await cluster.begun('wait for the first')
    first.say('The first answer')
    first.finish()
    await answer(page, 'The first answer').waitFor()

    await page.getByRole('button', { name: 'Answer again' }).click()
    await page.getByRole('menuitem', { name: 'Answer again' }).click()
    const second = await until(
      'it is generated again',
      () => cluster.generations.filter(isFor(/^wait for the first$/))[1],
    )
    second.say('The second answer')
    second.finish()
    await answer(page, 'The second answer').waitFor()
    await page.getByText('2 / 2').waitFor()
    await page.getByRole('button', { name: 'Previous version' }).click()
    await answer(page, 'The first answer').waitFor()
    await page.getByText('1 / 2').waitFor()

    await page.getByRole('button', { name: 'Edit message' }).click()
    const edited = page.getByRole('textbox', { name: 'Edit message' })
    await page.keyboard.type('!')
    assert.equal(await edited.inputValue(), 'wait for the first!')
    await edited.fill('Good evening')
    await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).first().click()
    await answer(page, 'You said: Good evening').waitFor()
    await page.getByRole('button', { name: 'Previous version' }).click()
    await page.getByText('wait for the first', { exact: true }).last().waitFor()
    // The branch in sight is the one that goes on.
    await say(page, 'And then?')
    await answer(page, 'You said: And then?').waitFor()
    await page.getByText('wait for the first', { exact: true }).last().waitFor()
    // And the one that is shown to who comes back, or looks from elsewhere.
    await page.reload()
    await answer(page, 'You said: And then?').waitFor()
  },
)

test('a stopped answer goes on where it was cut', withBrowser, async t => {
  const { page, cluster } = await atHome(t)
  await say(page, 'wait to be continued')
  const held = await cluster.begun('wait to be continued')
  held.say('wait, it was a dark and ')
  await answer(page, 'wait, it was a dark and').waitFor()
  await page.getByRole('button', { name: 'Stop the answer' }).click()
  await page.getByText('You stopped this answer.').waitFor()
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  const more = await until('it is continued', () => cluster.generations.find(isFor(/^wait, it was a dark/)))
  more.say('stormy night.')
  more.finish()
  await answer(page, 'wait, it was a dark and stormy night.').waitFor()
})

test('a sidebar that lies over the page stands beside it once there is room', withBrowser, async t => {
  const { page } = await atHome(t, phone)
  await showSidebar(page)
  await page.setViewportSize({ width: 1100, height: 800 })
  await page.getByLabel('Your message').click()
  await page.getByRole('button', { name: 'Hide the sidebar' }).waitFor()
})

test('a person comes in by a link from the admin, and gets a new password the same way', withBrowser, async t => {
  const { page, browser, server } = await atHome(t)
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Add a person' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill('Grace Hopper')
  await dialog.getByLabel('E-mail').fill('grace@example.com')
  await dialog.getByRole('button', { name: 'Add a person' }).click()
  const linkOf = () => page.getByText(/\/password#/).textContent()
  const invitation = await linkOf()
  await page.keyboard.press('Escape')

  const grace = await openDevice(browser, server, phone)
  atEnd(t, () => grace.context.close())
  const choose = async (link: string | null, password: string) => {
    await grace.page.goto(link ?? '')
    await grace.page.getByLabel('New password').fill(password)
    await grace.page.getByRole('button', { name: 'Set password' }).click()
  }
  await choose(invitation, 'a fleet of amazing grace')
  await grace.page.getByText('What is on your mind, Grace?').waitFor()

  await page.getByRole('button', { name: 'New password link' }).last().click()
  const renewal = await linkOf()
  // The old link was spent, and says so.
  await grace.context.clearCookies()
  await choose(invitation, 'somebody else is here')
  await grace.page.getByRole('alert').waitFor()
  await choose(renewal, 'another fleet of grace')
  await grace.page.getByText('What is on your mind, Grace?').waitFor()
  await grace.page.goto('/settings')
  await grace.page.getByRole('heading', { name: 'Devices' }).waitFor()
  assert.equal(await grace.page.getByRole('heading', { name: 'People' }).count(), 0)
})

test('an engine on this machine is offered, and one click connects it', withBrowser, async t => {
  const port = 11_434 // where Ollama listens
  const engine = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'qwen3:8b', object: 'model', owned_by: 'library' }] }))
  })
  const free = await new Promise<boolean>(resolve => {
    engine.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!free) return t.skip(`port ${port} is taken: a real Ollama may run here`)
  atEnd(t, () => engine.close())
  const { page } = await atHome(t)
  await page.getByText('Ollama runs on this machine').waitFor()
  await page.getByRole('button', { name: 'Use it' }).click()
  await page.getByText('Ollama is connected.').waitFor()
  await page.getByRole('button', { name: /^Model:/ }).click()
  await page.getByRole('menuitemradio', { name: 'qwen3:8b' }).click()
  await page.getByRole('button', { name: 'Model: qwen3:8b' }).waitFor()
})

test('everything works over plain http under another name than localhost', withBrowser, async t => {
  const address = Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (address === undefined || home === undefined) return t.skip('this machine has no address but loopback')
  const port = await freePort('0.0.0.0')
  const env = { HOST: '0.0.0.0', PORT: String(port), PARLEY_URL: `http://${address}:${port}` }
  const { page } = await startAsAda(t, home.browser, home.cluster.yaml, phone, env)
  await say(page, 'Hello from the sofa')
  await answer(page, 'You said: Hello from the sofa').waitFor()
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
})

test('two tabs show the same answer as it is written', withBrowser, async t => {
  const { page, context, cluster } = await atHome(t)
  await say(page, 'wait for both tabs')
  const held = await cluster.begun('wait for both tabs')
  const other = await context.newPage()
  await other.goto(page.url())
  for (const word of ['One ', 'two ', 'three']) held.say(word)
  for (const tab of [page, other]) await answer(tab, 'One two three').waitFor()
  await other.getByRole('button', { name: 'Stop the answer' }).click()
  for (const tab of [page, other]) await tab.getByText('You stopped this answer.').waitFor()
  await showSidebar(page)
  assert.equal(await page.getByText(ada.email).isVisible(), true)
})

/** Whether the last message of a generation's prompt is like this. */
const isFor = (prompt: RegExp) => (generation: HeldGeneration) => prompt.test(generation.messages.at(-1)?.content ?? '')
