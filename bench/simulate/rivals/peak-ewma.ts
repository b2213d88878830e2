import type { PolicyUnderTest } from '../policy-under-test.ts'
import { lowest, twoOf } from './lowest.ts'

/** Finagle's default (`Balancers.p2cPeakEwma`), which linkerd takes over. */
const decayMs = 10_000
/** What one that was asked and has not answered yet is taken for, until its first answer. */
const penalty = 2 ** 47

interface Book {
  costMs: number
  at: number
  pending: number
}

/**
 * Of two at random, the one with the lower cost x (pending + 1): cost is a moving average of the latency that jumps up to
 * each peak and decays from there (Finagle's `PeakEwma`). Latency and pending reach to the first token, as in linkerd
 * (`PendingUntilFirstData`): the length of an answer says nothing about a cluster.
 */
export function peakEwma(): PolicyUnderTest {
  const books = new Map<string, Book>()
  const bookOf = (cluster: string) => {
    const known = books.get(cluster)
    if (known !== undefined) return known
    const book = { costMs: 0, at: 0, pending: 0 }
    books.set(cluster, book)
    return book
  }

  function observe(book: Book, latencyMs: number, now: number): void {
    const old = Math.exp(-Math.max(0, now - book.at) / decayMs)
    book.costMs = latencyMs > book.costMs ? latencyMs : book.costMs * old + latencyMs * (1 - old)
    book.at = now
  }

  return {
    choose: (candidates, demand, now, pool) =>
      lowest(twoOf(candidates, pool.random), demand, now, pool, ({ name }) => {
        const book = bookOf(name)
        observe(book, 0, now)
        if (book.costMs === 0 && book.pending > 0) return penalty + book.pending
        return book.costMs * (book.pending + 1)
      }),
    observe: {
      sent(cluster) {
        bookOf(cluster).pending += 1
      },
      answeredOrFailed(cluster, tookMs, now) {
        const book = bookOf(cluster)
        book.pending -= 1
        observe(book, tookMs, now)
      },
    },
  }
}
