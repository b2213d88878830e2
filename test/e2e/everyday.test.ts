import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { networkInterfaces } from 'node:os'
import { type TestContext, test } from 'node:test'
import { freePort } from '../../server/embedded/free-port.ts'
import { type Look, openDevice, startBrowser, withBrowser } from '../support/browser.ts'
import { atEnd, fileScope, until } from '../support/server.ts'
import { type HeldGeneration, startStandIn } from '../system/stand-in-cluster.ts'
import { ada, answer, desk, openMenuOf, phone, say, showSidebar, signIn, startAsAda } from './page.ts'

const everyday = withBrowser.skip === false ? await startEveryday() : undefined

/** One server for all tests here, which Ada has set up. */
async function startEveryday() {
  const scope = fileScope()
  const browser = await startBrowser(scope)
  const cluster = await startStandIn(scope)
  const { server, context } = await startAsAda(scope, browser, cluster.yaml)
  await context.close()
  return { browser, cluster, server }
}

/** A device of its own for each test, on which Ada is signed in. */
async function atHome(t: TestContext, look: Look = desk) {
  assert.ok(everyday)
  const device = await openDevice(everyday.browser, everyday.server, look)
  atEnd(t, () => device.context.close())
  await device.page.goto('/')
  await signIn(device.page)
  return { ...device, ...everyday }
}

test('a conversation is renamed, pinned, deleted, and brought back', withBrowser, async t => {
  const { page } = await atHome(t)
  await say(page, 'Good morning')
  await answer(page, 'You said: Good morning').waitFor()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()

  const line = (title: string) => page.getByRole('link', { name: title })
  await openMenuOf(page, (await line('Good morning').textContent())?.trim() ?? '')
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

test('what cannot be sent outlives the page, and is sent once when the server is back', withBrowser, async t => {
  const { page, context } = await atHome(t)
  await say(page, 'Another matter')
  await answer(page, 'You said: Another matter').waitFor()
  await page.getByRole('link', { name: 'New chat' }).first().click()
  await page.getByText('What is on your mind, Ada?').waitFor()
  await context.setOffline(true)
  await page.getByText('You are offline').waitFor()
  await say(page, 'Is anybody there?')
  await page.getByText('This message is sent again by itself').waitFor()
  await page.getByRole('link', { name: 'Another matter' }).click()
  await answer(page, 'You said: Another matter').waitFor()
  await page.getByRole('link', { name: 'New chat' }).first().click()
  await page.getByText('This message is sent again by itself').waitFor()
  await page.reload().catch(() => {}) // there is no page to be had, but what was written is kept
  await context.setOffline(false)
  await page.goto('/')
  await page.getByRole('link', { name: 'Is anybody there?' }).click()
  await answer(page, 'You said: Is anybody there?').waitFor()
  await page.reload()
  await answer(page, 'You said: Is anybody there?').waitFor()
  assert.equal(await page.getByRole('article', { name: 'Answer' }).count(), 1)
})

test('a session that ends is renewed in place: nothing that was written is lost', withBrowser, async t => {
  const { page, context } = await atHome(t)
  await context.clearCookies()
  await say(page, 'I had so much to say')
  await page.getByRole('dialog', { name: 'Please sign in again' }).waitFor()
  // It cannot be closed, however often one tries.
  for (const _ of [1, 2, 3]) await page.keyboard.press('Escape')
  await signIn(page)
  await answer(page, 'You said: I had so much to say').waitFor()
})

test('two messages sent at once into a new chat are one conversation, in their order', withBrowser, async t => {
  const { page } = await atHome(t)
  // The first is still on its way when the second is sent.
  await page.route('**/api/v1/conversations', async route => {
    await until('both were sent', async () => (await page.getByText('second of two').count()) > 0)
    await route.continue()
  })
  await say(page, 'first of two')
  await say(page, 'second of two')
  await answer(page, 'You said: second of two').waitFor()
  const said = await page.getByRole('article', { name: 'Answer' }).allTextContents()
  assert.deepEqual(said, ['You said: first of two', 'You said: second of two'])
})

test('what is written while the messages are being read raises no alarm', withBrowser, async t => {
  const { page } = await atHome(t)
  await page.evaluate(noteAlerts)
  const answers = page.getByRole('article', { name: 'Answer' })
  await page.route('**/api/v1/conversations/*/messages*', async route => {
    if (route.request().method() === 'GET')
      await until('the other one is sent, too', async () => (await answers.count()) === 2)
    await route.continue()
  })
  await say(page, 'first of two')
  await say(page, 'second of two')
  await answer(page, 'You said: first of two').waitFor()
  await answer(page, 'You said: second of two').waitFor()
  assert.deepEqual(await page.evaluate('alertsSeen'), [])
})

/** As text: the tests' types know no document. */
const noteAlerts = `
  globalThis.alertsSeen = []
  new MutationObserver(() => {
    for (const alert of document.querySelectorAll('[role=alert]')) alertsSeen.push(alert.textContent)
  }).observe(document, { childList: true, subtree: true })
`

test('what one person wrote is not shown to the next, in this tab or the one beside', withBrowser, async t => {
  const { page, context, server } = await atHome(t)
  await page.getByLabel('Your message').fill('a secret of Ada')
  const beside = await context.newPage()
  await beside.goto('/')
  await beside.getByText('What is on your mind, Ada?').waitFor()

  const headers = { origin: server.url }
  const email = 'eve@example.com'
  const invited = await context.request.post('/api/v1/admin/users', { data: { name: 'Eve', email }, headers })
  await page.goto((await invited.json()).link.url)
  await page.getByLabel('New password').fill(ada.password)
  await page.getByRole('button', { name: 'Set password' }).click()
  for (const tab of [page, beside]) {
    await tab.getByText('What is on your mind, Eve?').waitFor()
    assert.equal(await tab.getByLabel('Your message').inputValue(), '')
  }
})

test('a draft outlives the page it was written on', withBrowser, async t => {
  const { page } = await atHome(t)
  await page.getByLabel('Your message').fill('Not finished yet')
  await page.reload()
  assert.equal(await page.getByLabel('Your message').inputValue(), 'Not finished yet')
  await page.keyboard.type(', but soon')
  assert.equal(await page.getByLabel('Your message').inputValue(), 'Not finished yet, but soon')
})

test('a sidebar that lies over the page stands beside it once there is room', withBrowser, async t => {
  const { page } = await atHome(t, phone)
  await showSidebar(page)
  await page.setViewportSize({ width: 1100, height: 800 })
  await page.getByLabel('Your message').click()
  await page.getByRole('button', { name: 'Hide the sidebar' }).waitFor()
})

test('without a network what is on this machine is read all the same', withBrowser, async t => {
  const { page } = await atHome(t)
  await say(page, 'Near by')
  await answer(page, 'You said: Near by').waitFor()
  await page.goto('/')
  await page.getByRole('link', { name: 'Near by' }).waitFor()
  await page.evaluate(`window.dispatchEvent(new Event('offline'))`)
  await page.getByRole('link', { name: 'Near by' }).click()
  await answer(page, 'You said: Near by').waitFor()
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
  if (address === undefined || everyday === undefined) return t.skip('this machine has no address but loopback')
  const port = await freePort('0.0.0.0')
  const env = { HOST: '0.0.0.0', PORT: String(port), PARLEY_URL: `http://${address}:${port}` }
  const { page } = await startAsAda(t, everyday.browser, everyday.cluster.yaml, phone, env)
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
