import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'

/**
 * How fast answers begin and run: first token and tokens a second, as the server itself measured them (its receipts in
 * `usage` become metrics), beside the whole request as a client sees it; one chat at a time and three at once.
 *
 *   PARLEY_ADMIN_KEY=<key> npm run bench -- [--url http://127.0.0.1:3000] [--rounds 20]
 */
const { values } = parseArgs({
  options: { url: { type: 'string', default: 'http://127.0.0.1:3000' }, rounds: { type: 'string', default: '20' } },
})
const headers = { authorization: `Bearer ${process.env.PARLEY_ADMIN_KEY}`, 'content-type': 'application/json' }

const rows = []
for (const chats of [1, 3]) rows.push(await measure(chats, Number(values.rounds)))
print(rows)

interface Row {
  readonly chats: number
  readonly answers: number
  /** Seconds, from the server's histogram: the smallest bucket that holds so many of the answers. */
  readonly firstTokenP50: string
  readonly firstTokenP99: string
  /** Milliseconds of the whole request. */
  readonly requestP50: number
  readonly requestP99: number
  /** Of each chat: tokens of its answers by the time its requests took. */
  readonly tokensPerSecond: number
}

async function measure(chats: number, rounds: number): Promise<Row> {
  const before = await firstTokenBuckets()
  const durations: number[] = []
  let tokens = 0
  await Promise.all(
    Array.from({ length: chats }, async () => {
      for (let round = 0; round < rounds; round++) {
        const { id } = await call('POST', '/conversations', {})
        const startedAt = performance.now()
        const answer = await call('POST', `/conversations/${id}/messages`, { content: `Write a poem ${randomUUID()}` })
        durations.push(performance.now() - startedAt)
        tokens += answer.tokens
      }
    }),
  )
  const after = await firstTokenBuckets()
  const grown = after.map(({ le, count }, index) => ({ le, count: count - (before[index]?.count ?? 0) }))
  durations.sort((a, b) => a - b)
  return {
    chats,
    answers: durations.length,
    firstTokenP50: bucketAt(grown, 0.5),
    firstTokenP99: bucketAt(grown, 0.99),
    requestP50: Math.round(quantile(durations, 0.5)),
    requestP99: Math.round(quantile(durations, 0.99)),
    tokensPerSecond: Math.round((tokens / durations.reduce((sum, ms) => sum + ms, 0)) * 1_000),
  }
}

async function call(method: string, path: string, body: unknown): Promise<{ id: string; tokens: number }> {
  const response = await fetch(`${values.url}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return (await response.json()) as { id: string; tokens: number }
}

interface Bucket {
  readonly le: string
  readonly count: number
}

/** The cumulative buckets of `parley_first_token_seconds`, summed over models. */
async function firstTokenBuckets(): Promise<Bucket[]> {
  const text = await (await fetch(`${values.url}/metrics`, { headers })).text()
  const counts = new Map<string, number>()
  for (const [, le = '', count] of text.matchAll(/^parley_first_token_seconds_bucket\{.*?le="([^"]+)".*?\} (\d+)$/gm)) {
    counts.set(le, (counts.get(le) ?? 0) + Number(count))
  }
  return [...counts].map(([le, count]) => ({ le, count }))
}

function bucketAt(buckets: readonly Bucket[], share: number): string {
  const total = buckets.at(-1)?.count ?? 0
  return `<= ${buckets.find(({ count }) => count >= total * share)?.le ?? '?'}`
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function print(table: readonly Row[]): void {
  process.stdout.write('chats | answers | first token s p50, p99 | request ms p50, p99 | tokens/s of each chat\n')
  for (const row of table) {
    const { chats, answers, firstTokenP50, firstTokenP99, requestP50, requestP99, tokensPerSecond } = row
    process.stdout.write(
      `${chats} | ${answers} | ${firstTokenP50}, ${firstTokenP99} | ${requestP50}, ${requestP99} | ${tokensPerSecond}\n`,
    )
  }
}
