import { setTimeout as wait } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { type Bench, openTab, readSeen, type Tab } from './browser.ts'
import { type AnswerText, answerText, type Kind } from './kinds.ts'
import type { StandInCluster } from './stand-in-cluster.ts'
import { type LongestTask, traceTasks } from './trace-tasks.ts'

export interface AnswerPlan {
  readonly kind: Kind
  /** Of the page, in CSS pixels. */
  readonly width: number
  readonly tokens: number
  /** Tokens a second. */
  readonly rate: number
}

/** What one answer cost the page's main thread. */
export interface AnswerCost {
  readonly plan: AnswerPlan
  /** By fifths of the answer: what each of their tokens cost. */
  readonly fifths: readonly TokenCost[]
  /** From the question until the answer was whole and at rest. */
  readonly longest: LongestTask
  /** Frames that took longer than 50 ms by the clock, from then on. */
  readonly slowFrames: number
}

/** Microseconds of CPU for each token, on the page's main thread. */
export interface TokenCost {
  /** All that it did. */
  readonly taskUs: number
  readonly scriptUs: number
  /** Style and layout. */
  readonly layoutUs: number
  /** The main thread's time as a share of the time that went by. */
  readonly busy: number
}

/**
 * Streams one answer to a fresh page, after another of the same kind there has warmed it up. Fails where the page loses
 * the end of the text, or does not show all of it.
 */
export async function measureAnswer(bench: Bench, cluster: StandInCluster, plan: AnswerPlan): Promise<AnswerCost> {
  const { kind, width, tokens, rate } = plan
  const name = `${kind.name}, ${width} px`
  const warmUpId = await bench.person.startConversation(`Warm-up, ${name}`)
  await bench.person.startConversation(name)
  await using tab = await openTab(bench, width)
  const { page } = tab
  await page.goto(`/c/${warmUpId}`)
  cluster.answerWith(answerText(kind, warmUpTokens), rate)
  await ask(page)
  await untilWhole(page)

  // Another document would have to be warmed up again, so it goes by way of the sidebar.
  if (width < 768) await page.getByRole('button', { name: 'Show the sidebar' }).click()
  await page.getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { name, exact: true }).waitFor()
  await untilAnswers(page, 0)
  const text = answerText(kind, tokens + endTokens)
  cluster.answerWith(text, rate)
  const endTrace = await traceTasks(bench.browser)
  const askedMs = await page.evaluate<number>('performance.now()')
  await ask(page)
  const samples = await sample(tab, cluster, text, tokens)
  await untilWhole(page)
  await wait(restMs)
  const shown = await shownTokens(page)
  if (shown !== text.marks.at(-1)) throw new Error(`${name}: the page shows ${shown} of ${text.tokens.length} tokens`)

  const longest = await endTrace()
  const { slowFrames } = await readSeen(page)
  return {
    plan,
    fifths: samples.slice(1).map((end, index) => costBetween(samples[index] ?? end, end)),
    longest,
    slowFrames: slowFrames.filter(({ startMs }) => startMs >= askedMs).length,
  }
}

/** Long enough for the compilers, which count calls, and there is one for each frame of the screen at least. */
const warmUpTokens = 2_000
/** After those that are measured, so that the end of an answer, which has work of its own, does not count for the last. */
const endTokens = 60
/** After the end of an answer, for what is done when the page is idle: colouring code, drawing formulas. */
const restMs = 2_000
const parts = 5

async function ask(page: Page): Promise<void> {
  await page.getByLabel('Your message').fill('Go on, please.')
  await page.getByRole('button', { name: 'Send' }).click()
}

/** By a selector of the browser's own: to look for a role is work for the page, and more the longer the answer. */
async function untilWhole(page: Page): Promise<void> {
  while (!(await page.evaluate<boolean>(detailsShown))) await wait(50)
}

const detailsShown = `document.querySelector('button[aria-label="Details of this answer"]') !== null`

async function untilAnswers(page: Page, count: number): Promise<void> {
  while ((await page.getByRole('article', { name: 'Answer' }).count()) !== count) await wait(50)
}

interface Sample {
  /** Of the page's clock. */
  readonly atMs: number
  /** Tokens that the page shows. */
  readonly shown: number
  readonly taskMs: number
  readonly scriptMs: number
  readonly layoutMs: number
}

/** Looks at the first token, and at the end of each part. In between the page is left alone. */
async function sample(
  { page, devtools }: Tab,
  cluster: StandInCluster,
  { marks }: AnswerText,
  tokens: number,
): Promise<readonly Sample[]> {
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const samples: Sample[] = []
  for (let part = 0; part <= parts; part++) {
    const mark = marks.findLast(place => place <= (tokens * part) / parts) ?? marks[0] ?? 0
    while (cluster.sent < mark) await wait(5)
    let shown = await shownTokens(page)
    for (; shown < mark; shown = await shownTokens(page)) await wait(20)
    samples.push({ ...(await readMetrics(devtools)), shown, atMs: await page.evaluate('performance.now()') })
    const below = await page.evaluate<number>(pixelsBelow)
    if (below > lostPx) throw new Error(`The page does not follow: ${below} px of the text are below its window.`)
  }
  return samples
}

async function readMetrics(devtools: CDPSession) {
  const { metrics } = await devtools.send('Performance.getMetrics')
  const ms = (name: string) => (metrics.find(metric => metric.name === name)?.value ?? Number.NaN) * 1_000
  return {
    taskMs: ms('TaskDuration'),
    scriptMs: ms('ScriptDuration'),
    layoutMs: ms('LayoutDuration') + ms('RecalcStyleDuration'),
  }
}

function costBetween(start: Sample, end: Sample): TokenCost {
  const us = (spentMs: number) => (spentMs * 1_000) / (end.shown - start.shown)
  return {
    taskUs: us(end.taskMs - start.taskMs),
    scriptUs: us(end.scriptMs - start.scriptMs),
    layoutUs: us(end.layoutMs - start.layoutMs),
    busy: (end.taskMs - start.taskMs) / (end.atMs - start.atMs),
  }
}

const shownTokens = (page: Page): Promise<number> => page.evaluate(lastMark)

/** Goes back from the end to the last mark in sight: what it costs does not grow with the text. */
const lastMark = `(() => {
  const answer = [...document.querySelectorAll('article[aria-label="Answer"] .markdown')].at(-1)
  if (answer === undefined) return 0
  const walker = document.createTreeWalker(answer, NodeFilter.SHOW_TEXT)
  for (let node = walker.lastChild(); node !== null; node = walker.previousNode()) {
    const marks = node.data.match(/mark\\d+/g)
    if (marks !== null) return Number(marks.at(-1).slice(4))
  }
  return 0
})()`

const pixelsBelow = `(() => {
  const log = document.querySelector('[role="log"]')
  return log.scrollHeight - log.scrollTop - log.clientHeight
})()`
/** Text that has come since the page last drew is below for a moment: a line or two. */
const lostPx = 120
