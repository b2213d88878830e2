import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { inaccessible, type Look, looks, openDevice, startBrowser, withBrowser } from '../support/browser.ts'
import { atEnd, fileScope, type Scope, until } from '../support/server.ts'
import { type StandInCluster, startStandIn } from '../system/stand-in-cluster.ts'
import { answer, say, setUp, showSidebar, signIn, startFresh } from './page.ts'

const browser = withBrowser.skip === false ? await startBrowser(fileScope()) : undefined

for (const look of looks) {
  test(
    `from the set-up link to the second device and out again, ${look.width} px, ${look.theme}`,
    withBrowser,
    context => visit(context, look),
  )
}

async function visit(scope: Scope, look: Look): Promise<void> {
  assert.ok(browser)
  const cluster = await startStandIn(scope)
  const { server, setUpLink } = await startFresh(scope, cluster.yaml)
  const { page, context, complaints } = await openDevice(browser, server, look)
  atEnd(scope, () => context.close())

  await page.goto(setUpLink)
  await noViolations(page, 'setting up')
  await setUp(page)
  await noViolations(page, 'a new chat')

  await say(page, 'Hello there')
  await answer(page, 'You said: Hello there').waitFor()
  await page.getByRole('button', { name: 'Details of this answer' }).waitFor()
  await noViolations(page, 'an answer')

  await reloadMidAnswer(page, cluster)
  await stop(page, cluster)

  // On another device the conversation is there, and an answer that is being written goes on before one's eyes.
  await say(page, 'wait for the second device')
  const held = await cluster.begun('wait for the second device')
  held.say('It began on the first, ')
  const second = await openDevice(browser, server, look)
  atEnd(scope, () => second.context.close())
  await second.page.goto('/')
  await second.page.waitForURL(/sign-in/)
  await noViolations(second.page, 'signing in')
  await signIn(second.page)
  await openConversation(second.page)
  await answer(second.page, 'It began on the first,').waitFor()
  held.say('and ended on both.')
  held.finish()
  for (const one of [page, second.page]) {
    await answer(one, 'It began on the first, and ended on both.').waitFor()
  }

  await signOut(page)
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  await page.goto('/')
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
  // The other device stays signed in.
  await second.page.reload()
  await answer(second.page, 'and ended on both.').waitFor()

  const signedOut = /401 \(Unauthorized\)/ // how the page learns that nobody is signed in
  assert.deepEqual(
    [...complaints, ...second.complaints].filter(text => !signedOut.test(text)),
    [],
  )
}

async function reloadMidAnswer(page: Page, cluster: StandInCluster): Promise<void> {
  await say(page, 'wait while I reload')
  const held = await cluster.begun('wait while I reload')
  held.say('One ')
  held.say('two ')
  await answer(page, 'One two').waitFor()
  await page.reload()
  await answer(page, 'One two').waitFor()
  held.say('three.')
  held.finish()
  await answer(page, 'One two three.').waitFor()
}

/** Before the first word, and in the midst of an answer, which keeps its text. */
async function stop(page: Page, cluster: StandInCluster): Promise<void> {
  await say(page, 'wait, I will think about it')
  const silent = await cluster.begun('wait, I will think about it')
  await page.getByRole('button', { name: 'Stop the answer' }).click()
  await page.getByText('You stopped this answer.').waitFor()
  await until('the cluster is let go', () => silent.abandoned)

  await say(page, 'wait until I have enough')
  const held = await cluster.begun('wait until I have enough')
  held.say('Enough is ')
  await answer(page, 'Enough is').waitFor()
  await page.getByRole('button', { name: 'Stop the answer' }).click()
  await page.getByText('You stopped this answer.').nth(1).waitFor()
  await until('the cluster is let go', () => held.abandoned)
  await answer(page, 'Enough is').waitFor()
}

async function openConversation(page: Page): Promise<void> {
  await showSidebar(page)
  await page.getByRole('link', { name: 'Hello there' }).click()
}

async function signOut(page: Page): Promise<void> {
  await showSidebar(page)
  await noViolations(page, 'the sidebar')
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
  await noViolations(page, 'the menu of the account')
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
}

async function noViolations(page: Page, where: string): Promise<void> {
  assert.deepEqual(await inaccessible(page), [], where)
}
