import type { Clock, Log } from '#kit'
import { asStartError, StartError } from './start-error.ts'
import type { Charge } from './take-charge.ts'

export interface KeepUpOptions {
  readonly folder: string
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Brings Postgres up again and takes the folder again. */
  takeCharge(): Promise<Charge>
  /** Waits `ms`; rejects when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>
  /** Told of every new charge. */
  onCharge(charge: Charge): void
}

/**
 * Watches over Postgres from `first` on and brings it back whenever the connection that holds the folder is lost: it may
 * have been killed for want of memory, or have restarted itself after one of its processes crashed.
 *
 * Resolves with undefined when `signal` aborts, with the reason when it gives up: after five losses or failed tries within
 * a minute, or at once when another Parley has taken the folder meanwhile. Never rejects.
 */
export async function keepUp(first: Charge, options: KeepUpOptions): Promise<StartError | undefined> {
  const { folder, log, clock, signal } = options
  const losses: number[] = []
  let charge: Charge | undefined = first
  let reason: unknown
  for (;;) {
    await Promise.race([charge?.gone, aborted(signal)])
    if (signal.aborted) return undefined
    const recent = losses.filter(time => time > clock.elapsed() - 60_000).length
    if (recent >= 5) return gaveUp(folder, reason)
    losses.push(clock.elapsed())
    log.warn({ lossesInLastMinute: recent + 1 }, 'the embedded Postgres is gone; bringing it back')
    try {
      // At once the first time, then after 0.5, 1, 2 and 4 s.
      if (recent > 0) await options.wait(250 * 2 ** recent, signal)
      charge = await options.takeCharge()
      options.onCharge(charge)
    } catch (error) {
      if (signal.aborted) return undefined
      if (error instanceof StartError && error.code === 'already_running') return error
      charge = undefined
      reason = asStartError(error, folder)
    }
  }
}

function gaveUp(folder: string, reason: unknown): StartError {
  const why = reason instanceof StartError ? ` At last: ${reason.message}` : ' Its log is beside it, in "log".'
  return new StartError('failed', `The Postgres in "${folder}" died five times within a minute.${why}`, reason)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
