/** What the tests of the page do with it, in the words of its buttons. */
import type { Browser, Page } from 'playwright-core'
import { type Device, type Look, openDevice } from '../support/browser.ts'
import { atEnd, type RunningServer, type Scope, startServer, until } from '../support/server.ts'

export const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery staple' } as const

export const desk: Look = { width: 1440, theme: 'light' }
export const phone: Look = { width: 390, theme: 'light' }

/** A server that nobody has set up, and its one-time link. */
export async function startFresh(
  scope: Scope,
  yaml: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ server: RunningServer; setUpLink: string }> {
  const server = await startServer(scope, { yaml, env: { PARLEY_ADMIN_KEY: undefined, ...env } })
  const setUpLink = await until('the set-up link is printed', () => /http\S+\/setup#\S+/.exec(server.stdout)?.[0])
  return { server, setUpLink }
}

/** A device of Ada's, who has just set up this server. */
export async function startAsAda(
  scope: Scope,
  browser: Browser,
  yaml: string,
  look: Look = desk,
  env: Readonly<Record<string, string>> = {},
): Promise<Device & { readonly server: RunningServer }> {
  const { server, setUpLink } = await startFresh(scope, yaml, env)
  const device = await openDevice(browser, server, look)
  atEnd(scope, () => device.context.close())
  await device.page.goto(setUpLink)
  await setUp(device.page)
  return { ...device, server }
}

export async function fillSetUp(page: Page): Promise<void> {
  await page.getByLabel('Name').fill(ada.name)
  await page.getByLabel('E-mail').fill(ada.email)
  await page.getByLabel('Password').fill(ada.password)
}

export async function setUp(page: Page): Promise<void> {
  await fillSetUp(page)
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText('What is on your mind, Ada?').waitFor()
}

export async function signIn(
  page: Page,
  { email, password }: { readonly email: string; readonly password: string } = ada,
) {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Your message').waitFor()
}

export async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Your message').fill(text)
  await page.getByRole('button', { name: 'Send', exact: true }).click()
}

/** An answer with these words in it; the titles of conversations may have them, too. */
export const answer = (page: Page, text: string | RegExp) =>
  page.getByRole('article', { name: 'Answer' }).filter({ hasText: text })

/** On a phone it lies behind a button. */
export async function showSidebar(page: Page): Promise<void> {
  const show = page.getByRole('button', { name: 'Show the sidebar' })
  if (await show.isVisible()) await show.click()
}

/** Opens the menu of a conversation's line; its title may be found just now, and have these words in it. */
export async function openMenuOf(page: Page, words: string): Promise<void> {
  await showSidebar(page)
  const more = page.getByRole('button', { name: new RegExp(`^More for .*${words}`) })
  await more.hover()
  await more.click()
}
