import type { Browser } from 'playwright-core'
import { type MainThreadParts, type Span, spentOn } from './main-thread-parts.ts'

/** What a page's main thread did while it was traced. */
export interface Traced {
  readonly longest: LongestTask
  /** What it did from one time to another of the browser's clock, in microseconds; all 0 where parts were not traced. */
  partsBetween(startUs: number, endUs: number): MainThreadParts
}

/** The longest tasks, in milliseconds; they may be two. */
export interface LongestTask {
  /** As the clock on the wall sees it, with what other processes took meanwhile. */
  readonly wallMs: number
  /** What the page itself spent. */
  readonly cpuMs: number
}

/**
 * Follows the tasks from now on, of the browser's one page. Resolves with how to end that. One at a time. With `parts`
 * it also follows what they are made of, which costs the page some time itself.
 */
export async function traceTasks(browser: Browser, parts: boolean): Promise<() => Promise<Traced>> {
  await browser.startTracing(undefined, { categories: ['-*', taskCategory, ...(parts ? partCategories : [])] })
  return async () => {
    const trace = (await browser.stopTracing()).toString()
    const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] }
    const spans = spansOfPage(traceEvents)
    return {
      longest: longestOf(spans),
      partsBetween: (startUs, endUs) => spentOn(spans.filter(({ ts }) => ts >= startUs && ts < endUs)),
    }
  }
}

/** Where tasks are told, with the time that their thread had; of what is in them it tells little. */
const taskCategory = 'toplevel'
/** Not `devtools.timeline`: with that the browser counts all there is in the page for each layout. */
const partCategories = ['blink', 'v8']

/** The Trace Event Format of Chromium. */
interface TraceEvent extends Span {
  /** `X`: a span of time; `M`: what a thread is called. */
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly args: { readonly name?: string }
}

/** Chromium keeps a process in reserve for the next page: the busiest is ours. */
function spansOfPage(events: readonly TraceEvent[]): readonly Span[] {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const isMain = ({ ph, name, args }: TraceEvent) => ph === 'M' && name === 'thread_name' && args.name === mainThread
  const threads = new Set(events.filter(isMain).map(threadOf))
  const spans = Map.groupBy(
    events.filter(event => event.ph === 'X' && threads.has(threadOf(event))),
    threadOf,
  )
  const counts = [...spans.values()].map(own => ({ own, tasks: own.filter(isTask).length }))
  const busiest = counts.reduce((most, next) => (next.tasks > most.tasks ? next : most), { own: [], tasks: 0 })
  if (busiest.tasks === 0) throw new Error('The trace shows no task of the page.')
  return busiest.own
}

function longestOf(spans: readonly Span[]): LongestTask {
  const longest = (usOf: (task: Span) => number) =>
    spans.filter(isTask).reduce((ms, task) => Math.max(ms, usOf(task) / 1_000), 0)
  return { wallMs: longest(({ dur = 0 }) => dur), cpuMs: longest(({ tdur = 0 }) => tdur) }
}

const isTask = ({ name }: Span) => name === 'ThreadControllerImpl::RunTask'
const mainThread = 'CrRendererMain'
