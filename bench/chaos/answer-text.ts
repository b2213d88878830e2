import { pick, seededRandom, seedOf } from '../seeded-random.ts'

/** The name of the stand-in clusters' model. */
export const standInModel = 'chaos'

/** How the stand-in clusters answer one question: a pure function of it, so that the judge knows every answer. */
export interface KnownAnswer {
  readonly tokens: readonly string[]
  /** Tokens a second. */
  readonly rate: number
}

/** Characters of one to four bytes, pairs of surrogates, joined emoji, and what JSON escapes. */
const words = [
  ...['the ', 'river ', 'runs ', 'past ', 'seven ', 'quiet ', 'towns, ', 'and ', 'back. ', '\n', '\n\n- '],
  ...[
    'Übergröße ',
    'naïve ',
    'Ελλάδα ',
    'Москва ',
    '日本語',
    '안녕 ',
    '𝒳𝒴 ',
    '🚀',
    '👩‍👩‍👧 ',
    '𠮷野家 ',
    '"quoted" ',
    '\\ ',
    '\t',
  ],
]

const fewestTokens = 60
const mostTokens = 200
const slowest = 5
const fastest = 15

export function answerTo(question: string): KnownAnswer {
  const random = seededRandom(seedOf(question))
  const [, count, pace] = /\((?:(\d+) tokens)?(?:,? ?(\d+) a second)?\)$/.exec(question) ?? []
  const rate = pace === undefined ? slowest + random() * (fastest - slowest) : Number(pace)
  const length = count ?? fewestTokens + Math.floor(random() * (mostTokens - fewestTokens))
  // A first word with a letter: an answer of white space alone would be left out of later prompts.
  const tokens = Array.from({ length: Number(length) }, (_, place) =>
    place === 0 ? 'Well, ' : (pick(words, random) ?? ''),
  )
  return { tokens, rate }
}

/** The whole answer. */
export const answerText = (question: string): string => answerTo(question).tokens.join('')

/** How an answer shall be, where it matters. */
export interface AnswerWish {
  readonly tokens?: number | undefined
  /** Tokens a second. */
  readonly rate?: number | undefined
}

/** What the longest answer takes, unbroken. */
export const longestAnswerMs = ({ tokens = mostTokens, rate = slowest }: AnswerWish): number => (tokens / rate) * 1_000

/** A question nobody else asks; what it wishes for, it says. */
export function questionOf(run: string, client: number, turn: number, { tokens, rate }: AnswerWish = {}): string {
  const wishes = [tokens && `${tokens} tokens`, rate && `${rate} a second`].filter(Boolean)
  const wish = wishes.length === 0 ? '' : ` (${wishes.join(', ')})`
  return `Question ${turn} of client ${client} in run ${run}${wish}`
}
