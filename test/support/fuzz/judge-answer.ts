import { Problem } from '#protocol'
import type { HostileInput, SentRequest } from './hostile-input.ts'
import type { HttpAnswer } from './http-answers.ts'
import type { Outcome } from './send-input.ts'

/** What is wrong with what came of an input; empty where nothing is. `secrets` are texts that no answer may hold. */
export function judge(input: HostileInput, outcome: Outcome, secrets: readonly string[]): readonly string[] {
  const { answers, fault, hung } = outcome
  return [
    ...(fault === undefined ? [] : [fault]),
    ...(hung ? ['neither answered nor closed in time'] : []),
    ...(answers.length < input.answersDue ? [`${answers.length} answers instead of ${input.answersDue}`] : []),
    ...answers.flatMap((answer, at) => judgeAnswer(answer, input.requests[at], secrets)),
  ]
}

export function judgeAnswer(
  answer: HttpAnswer,
  request: SentRequest | undefined,
  secrets: readonly string[],
): readonly string[] {
  const text = answer.body.toString()
  const shown = `${answer.status} ${text.slice(0, 400)}`
  return [
    ...(answer.status >= 500 ? [`a ${shown}`] : []),
    ...(text.includes('\ufffd') && !isUtf8(answer.body) ? [`not UTF-8: ${shown}`] : []),
    ...leaksOf(text, secrets).map(leak => `gives away ${leak}: ${shown}`),
    ...(answer.status >= 400 && request?.api && request.method !== 'HEAD' ? judgeProblem(answer) : []),
  ]
}

/** Every error under /api/v1 is a problem (RFC 9457) with a code of the contract and the id that the header says. */
function judgeProblem({ status, headers, body }: HttpAnswer): readonly string[] {
  const wrong = (what: string) => [`an error ${status} ${what}: ${body.toString().slice(0, 400)}`]
  if (headers.get('content-type') !== 'application/problem+json') return wrong('that is no problem')
  const { data: problem } = Problem.safeParse(parsed(body))
  if (problem === undefined) return wrong('that is not as the schema says')
  if (problem.status !== status) return wrong('with another status in it')
  return problem.request_id === headers.get('x-request-id') ? [] : wrong('with another request id in its header')
}

/** Stacks, places in our code, SQL and what Postgres says of it. */
const leakPatterns = [
  /\n\s+at .+:\d+|\\n\s+at .+:\d+/,
  /node_modules|node:internal|\/server\/[a-z-]+\//,
  /\bselect .+ from |\binsert into |\bupdate .+ set |kysely/i,
  /syntax error at|violates .+ constraint|relation "|invalid byte sequence|ECONNREFUSED/i,
]

export const leaksOf = (text: string, secrets: readonly string[]): readonly string[] => [
  ...secrets.filter(secret => text.includes(secret)),
  ...leakPatterns.filter(pattern => pattern.test(text)).map(String),
]

function isUtf8(body: Buffer): boolean {
  return Buffer.from(body.toString()).equals(body)
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
