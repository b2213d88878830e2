import type { Clock } from '#kit'

/** A figure that has to be asked for elsewhere, for scrapes, which must neither fail nor wait for long. */
export interface FetchedFigure {
  /**
   * The figure as it was at most 15 s ago, where it can be had within half a second; else the last one that came within
   * the last minute, else undefined. Never rejects.
   */
  read(): Promise<number | undefined>
}

const askEveryMs = 15_000
const patienceMs = 500
const staleAfterMs = 60_000

/** At most one question is under way, and none begins within 15 s after another. */
export function createFetchedFigure(fetch: () => Promise<number>, clock: Clock): FetchedFigure {
  let askedAt: number | undefined
  let question: Promise<void> | undefined
  let known: { readonly at: number; readonly figure: number } | undefined

  async function ask(at: number): Promise<void> {
    try {
      known = { figure: await fetch(), at }
    } catch {
      // What is known grows old. Why it failed is logged where the database is used.
    } finally {
      question = undefined
    }
  }

  return {
    async read() {
      const now = clock.elapsed()
      if (question === undefined && (askedAt === undefined || now - askedAt >= askEveryMs)) {
        askedAt = now
        question = ask(now)
      }
      if (question !== undefined) await atMost(patienceMs, question)
      return known !== undefined && clock.elapsed() - known.at < staleAfterMs ? known.figure : undefined
    },
  }
}

async function atMost(limitMs: number, work: Promise<void>): Promise<void> {
  const limit = Promise.withResolvers<void>()
  const timer = setTimeout(limit.resolve, limitMs)
  await Promise.race([work, limit.promise])
  clearTimeout(timer)
}
