import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withBrowser } from '../support/browser.ts'
import { until } from '../support/server.ts'
import { atHome } from './at-home.ts'
import { ada, answer, say, signIn } from './page.ts'

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
