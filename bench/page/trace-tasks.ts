import type { Browser } from 'playwright-core'

/** The longest tasks of a page's main thread, in milliseconds; they may be two. */
export interface LongestTask {
  /** As the clock on the wall sees it, with what other processes took meanwhile. */
  readonly wallMs: number
  /** What the page itself spent. */
  readonly cpuMs: number
}

/** Follows the tasks from now on, of the browser's one page. Resolves with how to end that. One at a time. */
export async function traceTasks(browser: Browser): Promise<() => Promise<LongestTask>> {
  await browser.startTracing(undefined, { categories: ['-*', category] })
  return async () => {
    const trace = (await browser.stopTracing()).toString()
    const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] }
    return longestOf(traceEvents)
  }
}

/** Where tasks are told, with the time that their thread had; of what is in them it tells little. */
const category = 'toplevel'

/** The Trace Event Format of Chromium; times in microseconds. */
interface TraceEvent {
  readonly name: string
  /** `X`: a span of time; `M`: what a thread is called. */
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args: { readonly name?: string }
}

function longestOf(events: readonly TraceEvent[]): LongestTask {
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const isMain = ({ ph, name, args }: TraceEvent) => ph === 'M' && name === 'thread_name' && args.name === mainThread
  const tasks = events.filter(({ ph, name }) => ph === 'X' && name === taskName)
  // Chromium keeps a process in reserve for the next page: the busiest is ours.
  const threads = events.filter(isMain).map(threadOf)
  const busiest = threads
    .map(thread => tasks.filter(task => threadOf(task) === thread))
    .reduce((most, own) => (own.length > most.length ? own : most), [])
  if (busiest.length === 0) throw new Error('The trace shows no task of the page.')
  const longest = (usOf: (task: TraceEvent) => number) =>
    busiest.reduce((ms, task) => Math.max(ms, usOf(task) / 1_000), 0)
  return { wallMs: longest(({ dur = 0 }) => dur), cpuMs: longest(({ tdur = 0 }) => tdur) }
}

const mainThread = 'CrRendererMain'
const taskName = 'ThreadControllerImpl::RunTask'
