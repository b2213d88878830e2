import { setTimeout as wait } from 'node:timers/promises'
import type { CDPSession, Page } from 'playwright-core'
import { type Bench, openTab, readSeen, type Tab } from './browser.ts'
import { type AnswerText, answerText, cyclesIn, type Kind } from './kinds.ts'
import { eachPart, type MainThreadParts } from './main-thread-parts.ts'
import type { StandInCluster } from './stand-in-cluster.ts'
import { type LongestTask, type Traced, traceTasks } from './trace-tasks.ts'

export interface AnswerPlan {
  readonly kind: Kind
  /** Of the page, in CSS pixels. */
  readonly width: number
  /** That are measured, about. */
  readonly tokens: number
  /** Tokens a second. */
  readonly rate: number
  /** From 0: a page that has done more before collects its garbage in another fifth. */
  readonly round: number
  /** Whether it is told what the costs are made of, which makes them a little higher. */
  readonly parts: boolean
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
  readonly partsUs: MainThreadParts
  /** Tokens that were drawn together, on average. */
  readonly drawnTogether: number
  /** The main thread's time as a share of the time that went by. */
  readonly busy: number
}

/**
 * Streams one answer to a fresh page, after another of the same kind there has warmed it up. Fails where the page loses
 * the end of the text, or does not show all of it. Each fifth is the same text, as often as in every other: what differs
 * is where it stands. The first begins when the page is full, since less is drawn as long as there is less to see.
 */
export async function measureAnswer(bench: Bench, cluster: StandInCluster, plan: AnswerPlan): Promise<AnswerCost> {
  const { kind, width, rate, round } = plan
  const name = `${kind.name}, ${width} px, round ${round + 1}`
  const warmUpId = await bench.person.startConversation(`Warm-up, ${name}`)
  await bench.person.startConversation(name)
  await using tab = await openTab(bench, width)
  const { page } = tab
  await page.goto(`/c/${warmUpId}`)
  cluster.answerWith(answerText(kind, cyclesIn(kind, warmUpTokens(round))), rate)
  await ask(page)
  await untilWhole(page)

  // Another document would have to be warmed up again, so it goes by way of the sidebar.
  if (width < 768) await page.getByRole('button', { name: 'Show the sidebar' }).click()
  await page.getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { name, exact: true }).waitFor()
  await untilAnswers(page, 0)
  const { text, ends } = measuredText(plan)
  cluster.answerWith(text, rate)
  const endTrace = await traceTasks(bench.browser, plan.parts)
  const askedMs = await page.evaluate<number>('performance.now()')
  await ask(page)
  const samples = await sample(tab, cluster, ends)
  await untilWhole(page)
  await wait(restMs)
  const shown = await shownTokens(page)
  if (shown !== text.marks.at(-1)) throw new Error(`${name}: the page shows ${shown} of ${text.tokens.length} tokens`)

  const traced = await endTrace()
  const { slowFrames } = await readSeen(page)
  return {
    plan,
    fifths: samples.slice(1).map((end, index) => costBetween(samples[index] ?? end, end, traced)),
    longest: traced.longest,
    slowFrames: slowFrames.filter(({ startMs }) => startMs >= askedMs).length,
  }
}

/** Long enough for the compilers, which count calls, and there is one for each frame of the screen at least. */
const warmUpTokens = (round: number): number => 1_200 + 300 * (round % 4)
/** Before those that are measured: more than a window of any width here holds. */
const fullTokens = 600
/** After them, so that the end of an answer, which has work of its own, does not count for the last. */
const endTokens = 60
/** After the end of an answer, for what is done when the page is idle: colouring code, drawing formulas. */
const restMs = 2_000
const fifths = 5

/** The answer, and the marks at which its fifths end; the first of them is where they begin. */
function measuredText({ kind, tokens }: AnswerPlan): { readonly text: AnswerText; readonly ends: readonly number[] } {
  const cycles = (count: number) => cyclesIn(kind, count)
  const [before, fifth] = [cycles(fullTokens), cycles(tokens / fifths)]
  const all = before + fifths * fifth + cycles(endTokens)
  const text = answerText(kind, all)
  const marksPerCycle = text.marks.length / all
  const ends = Array.from(
    { length: fifths + 1 },
    (_, count) => text.marks[(before + count * fifth) * marksPerCycle] ?? 0,
  )
  return { text, ends }
}

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
  /** Of the browser's clock. */
  readonly atUs: number
  /** Tokens that the page shows. */
  readonly shown: number
  readonly taskUs: number
  /** Layouts so far: one for each time that the page drew. */
  readonly draws: number
}

/** Looks when each of these marks is in sight. In between the page is left alone. */
async function sample(
  { page, devtools }: Tab,
  cluster: StandInCluster,
  marks: readonly number[],
): Promise<readonly Sample[]> {
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const samples: Sample[] = []
  for (const mark of marks) {
    while (cluster.sent < mark) await wait(5)
    let shown = await shownTokens(page)
    for (; shown < mark; shown = await shownTokens(page)) await wait(20)
    samples.push({ ...(await readMetrics(devtools)), shown })
    const { above, below } = await page.evaluate<{ above: number; below: number }>(pixelsOutOfSight)
    if (below > lostPx) throw new Error(`The page does not follow: ${below} px of the text are below its window.`)
    if (above === 0) throw new Error('The page is not full when the measuring begins.')
  }
  return samples
}

async function readMetrics(devtools: CDPSession): Promise<Omit<Sample, 'shown'>> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  const read = (name: string) => metrics.find(metric => metric.name === name)?.value ?? Number.NaN
  return { atUs: read('Timestamp') * 1e6, taskUs: read('TaskDuration') * 1e6, draws: read('LayoutCount') }
}

function costBetween(start: Sample, end: Sample, { partsBetween }: Traced): TokenCost {
  const tokens = end.shown - start.shown
  const taskUs = end.taskUs - start.taskUs
  const parts = partsBetween(start.atUs, end.atUs)
  return {
    taskUs: taskUs / tokens,
    partsUs: eachPart(part => parts[part] / tokens),
    drawnTogether: tokens / (end.draws - start.draws),
    busy: taskUs / (end.atUs - start.atUs),
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

const pixelsOutOfSight = `(() => {
  const log = document.querySelector('[role="log"]')
  return { above: log.scrollTop, below: log.scrollHeight - log.scrollTop - log.clientHeight }
})()`
/** Text that has come since the page last drew is below for a moment: a line or two. */
const lostPx = 120
