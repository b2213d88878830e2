import { Agent, request } from 'undici'
import { z } from 'zod'
import type { Clock } from '#kit'
import { wholeCharacters } from './whole-characters.ts'

/** What a guard says of a text. */
export interface GuardVerdict {
  readonly safe: boolean
  /** How unsafe, 0 to 1. */
  readonly score: number
  readonly categories: readonly string[]
}

/** A filter behind an endpoint, under the mission's interface: `POST <url>/classify {"text"} -> {"safe": bool, ...}`. */
export interface Guard {
  /** Rejects with `GuardDown` unless a verdict came in time, and with the signal's reason when it aborts. */
  classify(text: string, signal: AbortSignal): Promise<GuardVerdict>
  close(): Promise<void>
}

export interface GuardOptions {
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: string | undefined
}

/** The guard gave no verdict: it is away, late, or says what cannot be understood. The message is fit for a log. */
export class GuardDown extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, { cause })
    this.name = 'GuardDown'
  }
}

/** It gave none for this text, and may for the next. */
class TextRefused extends GuardDown {}

const timeoutMs = 2_000
const mostAnswerBytes = 65_536
/** Guards are models with a context; a longer text is judged in windows that share a little, so that no seam hides a phrase. */
const windowUnits = 8_000
const sharedUnits = 200
/** After so many failures in a row it is left alone for a while; then one text is tried. */
const mostFailures = 5
const restMs = 5_000

/** What it says of one text (too long, not understood), and not of itself. */
const refusals: ReadonlySet<number> = new Set([400, 413, 422])

const Verdict = z.object({
  safe: z.boolean(),
  score: z.number().min(0).max(1).optional(),
  categories: z.array(z.string()).optional(),
})

export function createGuard({ url, apiKey }: GuardOptions, clock: Clock): Guard {
  const agent = new Agent({ connect: { timeout: timeoutMs } })
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
  }
  let failures = 0
  let restsUntil = 0

  async function ask(text: string, signal: AbortSignal): Promise<GuardVerdict> {
    const late = AbortSignal.timeout(timeoutMs)
    const response = await request(`${url}/classify`, {
      dispatcher: agent,
      method: 'POST',
      headers,
      body: JSON.stringify({ text }),
      signal: AbortSignal.any([signal, late]),
    })
    const body = await readAtMost(response.body, mostAnswerBytes)
    if (refusals.has(response.statusCode)) throw new TextRefused(`status ${response.statusCode}`)
    if (response.statusCode !== 200) throw new GuardDown(`status ${response.statusCode}`)
    const { safe, score, categories } = Verdict.parse(JSON.parse(body))
    return { safe, score: score ?? (safe ? 0 : 1), categories: categories ?? [] }
  }

  return {
    async classify(text, signal) {
      signal.throwIfAborted()
      if (clock.elapsed() < restsUntil) throw new GuardDown('it is left alone after failures')
      // Until the next answer nobody else tries: one text is enough to see whether it is well.
      const isTrial = failures >= mostFailures
      if (isTrial) restsUntil = clock.elapsed() + restMs
      try {
        const verdicts: GuardVerdict[] = []
        for (const window of windowsOf(text)) verdicts.push(await ask(window, signal))
        failures = 0
        restsUntil = 0
        return worst(verdicts)
      } catch (error) {
        // Nothing was seen of how it is; the next text tries. Or whoever finds a text that it cannot take could put it to rest.
        if (isTrial && (signal.aborted || error instanceof TextRefused)) restsUntil = 0
        if (signal.aborted) throw signal.reason
        if (error instanceof TextRefused) throw error
        failures += 1
        if (failures >= mostFailures) restsUntil = clock.elapsed() + restMs
        throw error instanceof GuardDown ? error : new GuardDown(reasonOf(error), error)
      }
    },
    close: () => agent.destroy(),
  }
}

function* windowsOf(text: string): Generator<string> {
  for (let start = 0; ; ) {
    const end = wholeCharacters(text, start + windowUnits)
    yield text.slice(start, end)
    if (end >= text.length) return
    start = wholeCharacters(text, end - sharedUnits)
  }
}

function worst(verdicts: readonly GuardVerdict[]): GuardVerdict {
  const [first = { safe: true, score: 0, categories: [] }] = verdicts.toSorted(
    (a, b) => Number(a.safe) - Number(b.safe) || b.score - a.score,
  )
  return first
}

async function readAtMost(body: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limit) throw new GuardDown('its answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A kind or a code, never words that may quote the text. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
