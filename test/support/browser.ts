/** A real Chromium for the tests of the page, with a fresh profile for each context, gone at the end of the scope. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findProgram } from '../../bench/find-program.ts'
import { atEnd, type RunningServer, type Scope } from './server.ts'

const executablePath =
  (await findProgram('chromium', [])) ??
  (await findProgram('chromium-browser', [])) ??
  (await findProgram('google-chrome', []))

/** Options of a test that needs a browser: without one it is skipped, except in CI, where it must not pass unseen. */
export const withBrowser: { readonly skip: string | false } = {
  skip: process.env.CI !== 'true' && executablePath === undefined ? 'there is no chromium on the PATH' : false,
}

/** How somebody looks at the page. */
export interface Look {
  readonly width: 1440 | 390
  readonly theme: 'light' | 'dark'
}

/** Every look that is supported: both themes, at a desk and on a phone. */
export const looks: readonly Look[] = [
  { width: 1440, theme: 'light' },
  { width: 390, theme: 'dark' },
  { width: 1440, theme: 'dark' },
  { width: 390, theme: 'light' },
]

/** Somebody's browser, with their cookies and their drafts. */
export interface Device {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in its pages: exceptions, what the policy refused, what could not be loaded. */
  readonly complaints: readonly string[]
}

/** How long a page may take to do what is asked: these machines are slow, and a failure must say what it waited for. */
const patienceMs = 15_000

const flags = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const quiet = ['--disable-component-update', '--disable-sync', '--no-sandbox']

export async function startBrowser(scope: Scope): Promise<Browser> {
  if (executablePath === undefined) throw new Error('there is no chromium on the PATH')
  const browser = await chromium.launch({ executablePath, args: [...flags, ...quiet] })
  atEnd(scope, () => browser.close())
  return browser
}

export async function openDevice(browser: Browser, server: Pick<RunningServer, 'url'>, look: Look): Promise<Device> {
  const phone = look.width < 768
  const context = await browser.newContext({
    baseURL: server.url,
    viewport: { width: look.width, height: phone ? 844 : 900 },
    colorScheme: look.theme,
    hasTouch: phone,
    isMobile: phone,
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const complaints: string[] = []
  context.on('weberror', error => complaints.push(String(error.error())))
  context.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return { context, page, complaints }
}

/** What axe finds wrong with a page for people who see, hear or move otherwise; one line for each kind. */
export async function inaccessible(page: Page): Promise<readonly string[]> {
  // What is still fading in has the contrast of a ghost.
  await page.evaluate(fadedIn)
  // Playwright brings it past the page's policy.
  await page.evaluate(await axeSource())
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }).axe
    interface Violation {
      id: string
      nodes: { target: unknown[]; failureSummary?: string }[]
    }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(node => `${node.target.join(' ')} (${node.failureSummary})`).join('; ')}`,
    )
  })
}

const axeSource = () => readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** As text: the tests' types know no document. */
const fadedIn = `Promise.all(
  document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity)
    .map(({ finished }) => finished.catch(() => {}))
)`
