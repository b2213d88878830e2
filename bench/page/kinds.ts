/** A kind of text that models write. What an answer of it costs the page is measured by itself. */
export interface Kind {
  readonly name: string
  readonly head: string
  /** Again and again; `@` stands where an answer's marks are. */
  readonly cycle: string
  readonly tail: string
}

/** An answer, token by token. */
export interface AnswerText {
  readonly tokens: readonly string[]
  /**
   * Where its marks are, in order: a mark at 120 is the 120th token, and reads `mark00120`. So whoever sees the end of the
   * text knows how many tokens it has. Each cycle has as many, and what is around the cycles has none.
   */
  readonly marks: readonly number[]
}

export const kinds: readonly Kind[] = [
  {
    name: 'prose',
    head: '',
    cycle:
      'A queue that grows is a promise that nobody can keep, and @ the service which **accepts more than it does** only chooses who will wait in vain. It is kinder to refuse early, with a reason @ and a time to come back, than to let everybody stand in line until their patience ends.\n\nMost of what is written @ about load says the same: measure what arrives, measure what leaves, and call `tryAgain` only when the difference @ has a bound. What has no bound is not a queue but a leak, and it *will* be found on the day @ on which it hurts most.\n\n',
    tail: '',
  },
  {
    name: 'code fence',
    head: '```ts\n',
    cycle:
      "export function take@(queue: readonly Job[], limit = 20): Job[] {\n  const taken: Job[] = []\n  for (const job of queue) {\n    if (taken.length >= limit) break // @ are enough\n    taken.push({ ...job, state: 'running' })\n  }\n  return taken.filter(job => job.name !== '@')\n}\n\n",
    tail: '\n```\n',
  },
  {
    name: 'list',
    head: '',
    cycle:
      '- Refuse early, and say when to come back, @ so that nobody waits in vain.\n- **Measure** what arrives and what leaves @ at the same place.\n- Call `tryAgain` with a budget, never without @ a bound.\n',
    tail: '',
  },
  {
    name: 'table',
    head: '| attempt | success rate | what it means |\n| --- | ---: | --- |\n',
    cycle: '| @ | 99 % | hardly anybody *notices* |\n| second @ | 50 % | the load has `doubled` |\n',
    tail: '',
  },
  {
    name: 'math in prose',
    head: '',
    cycle:
      'With a success rate $p$ and at most $n_{@}$ attempts the load grows @ as $E = \\frac{1 - (1-p)^n}{p}$, which is why a budget @ keeps it bounded by $1 + r$ for each caller, @ whoever he is. Summed over all callers @ it comes to\n\n$$\nL = \\sum_{k=0}^{n-1} \\lambda_k (1-p)^k \\le \\int_0^T \\lambda(t)\\,dt\n$$\n\nand that @ is what the machine must bear @ when it can least afford it.\n\n',
    tail: '',
  },
  {
    name: 'unclosed fence',
    head: 'Here is the file:\n\n```\n',
    cycle:
      'A queue that grows is a promise @ that nobody can keep, and the service which accepts @ more than it does only chooses who will wait.\nIt is kinder to refuse early, with a reason @ and a time to come back.\n\n',
    tail: '',
  },
]

/** An answer in which the cycle stands so often; the same one for the same arguments. */
export function answerText({ head, cycle, tail }: Kind, cycles: number): AnswerText {
  const again = tokensOf(cycle)
  const between = Array.from({ length: cycles }, () => again).flat()
  const marks: number[] = []
  const tokens = [...tokensOf(head), ...between, ...tokensOf(tail)].map((token, index) => {
    if (!token.includes('@')) return token
    marks.push(index + 1)
    return token.replace('@', `mark${String(index + 1).padStart(markDigits, '0')}`)
  })
  return { tokens, marks }
}

/** How often the cycle stands in about so many tokens: once at least. */
export const cyclesIn = ({ cycle }: Kind, tokens: number): number =>
  Math.max(1, Math.round(tokens / tokensOf(cycle).length))

/** So that every cycle is as wide as every other. */
const markDigits = 5

/** Of the size that tokenizers make of English: a short word with its space, a piece of a long one. */
const tokensOf = (text: string): readonly string[] => text.match(/@\s*|[^\s@]{1,6}\s*|\s+/g) ?? []
