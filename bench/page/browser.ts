import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { findProgram } from '../find-program.ts'
import type { Started } from '../run-bench.ts'
import type { Person } from './person.ts'

/** Who looks at which server, in which browser. */
export interface Bench {
  readonly browser: Browser
  readonly serverUrl: string
  readonly person: Person
}

/** A page in a profile of its own, with nothing in its cache. */
export interface Tab extends AsyncDisposable {
  readonly page: Page
  /** The browser's own account of the page. */
  readonly devtools: CDPSession
}

/** What the page itself saw since it began to load. Times are milliseconds after that. */
export interface Seen {
  /** When the message's field had been drawn and could take a key; undefined: there is none yet. */
  readonly fieldMs: number | undefined
  /** Frames that took more than 50 ms, from the first task for them to their paint. */
  readonly slowFrames: readonly Span[]
}

export interface Span {
  readonly startMs: number
  readonly durationMs: number
}

/** The system's Chromium, without a window. */
export async function startBrowser(started: Started): Promise<Browser> {
  const names = ['chromium', 'chromium-browser', 'google-chrome']
  const found = await Promise.all(names.map(name => findProgram(name, [])))
  const executablePath = found.find(program => program !== undefined)
  if (executablePath === undefined) throw new Error('There is no Chromium on the PATH.')
  const browser = await chromium.launch({
    executablePath,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update', '--no-sandbox'],
    // A signal is the benchmark's, which ends the server, too.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  })
  started.defer(() => browser.close())
  return browser
}

/** Opens an empty tab of this width in CSS pixels, of a phone if it is narrow, in which the person is signed in. */
export async function openTab({ browser, serverUrl, person }: Bench, width: number): Promise<Tab> {
  const phone = width < 768
  const context = await browser.newContext({
    baseURL: serverUrl,
    viewport: { width, height: phone ? 844 : 900 },
    hasTouch: phone,
    isMobile: phone,
  })
  context.setDefaultTimeout(30_000)
  await context.addCookies([{ ...person.cookie, url: serverUrl }])
  await context.addInitScript({ content: watch })
  const page = await context.newPage()
  return {
    page,
    devtools: await context.newCDPSession(page),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

export const readSeen = (page: Page): Promise<Seen> => page.evaluate('benchSeen')

/** As text: these files' types know no document. Costs nothing while all goes well, so that it changes no figure. */
const watch = `
  globalThis.benchSeen = { fieldMs: undefined, slowFrames: [] }
  new PerformanceObserver(list => {
    const spans = list.getEntries().map(({ startTime, duration }) => ({ startMs: startTime, durationMs: duration }))
    benchSeen.slowFrames.push(...spans)
  }).observe({ type: 'long-animation-frame', buffered: true })
  new MutationObserver((_, observer) => {
    if (document.querySelector('textarea:enabled') === null) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => { benchSeen.fieldMs = performance.now() }))
  }).observe(document, { childList: true, subtree: true })
`
