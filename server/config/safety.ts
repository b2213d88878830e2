import { choice, flag, key, text, webAddress } from './kinds.ts'
import { listOf, mapOf, section } from './section.ts'

/** What happens to a text of a category: it passes, passes with a note for review, is refused, or is met with help. */
export type CategoryPolicy = 'allow' | 'flag' | 'refuse' | 'support'

/** A guard behind an endpoint. */
export interface GuardConfig {
  /** The dialect it speaks. */
  readonly kind: 'classify'
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: string | undefined
  /** What becomes of a text while it gives no verdict: its turn fails, or the other stages judge alone. */
  readonly whenDown: 'fail' | 'pass'
}

export interface SafetyConfig {
  /** The model inside Parley judges too. */
  readonly embedded: boolean
  /** Undefined: there is none. */
  readonly guard: GuardConfig | undefined
  /** Phrases by their category. */
  readonly blocklist: ReadonlyMap<string, readonly string[]>
  /** By category; one that is not here is refused. */
  readonly categories: ReadonlyMap<string, CategoryPolicy>
}

const guard = section({
  kind: choice('classify').describe('The dialect it speaks: `classify` asks `POST <url>/classify`.'),
  url: webAddress().describe('Its endpoint.'),
  api_key: key(1).optional().describe('Sent to it as a Bearer token.'),
  when_down: choice('fail', 'pass')
    .prefault('fail')
    .describe(
      'While it gives no verdict: messages fail and can be sent again later, or pass with the judgement of the blocklist alone.',
    ),
}).transform(
  (written): GuardConfig => ({
    kind: written.kind,
    url: written.url,
    apiKey: written.api_key,
    whenDown: written.when_down,
  }),
)

const defaultPolicies: readonly (readonly [string, CategoryPolicy])[] = [['self-harm', 'support']]

export const safety = section({
  embedded: flag()
    .prefault(true)
    .describe(
      'The model inside Parley judges what goes in and what comes out. It comes with a later release: today the blocklist and the guard judge.',
    ),
  guard: guard.optional().describe('A guard of your own, asked about every message and answer.'),
  blocklist: mapOf(listOf(text()))
    .prefault({})
    .describe(
      'Phrases by category, found in every spelling that looks the same, as whole words: in messages and in answers.',
    ),
  categories: mapOf(choice('allow', 'flag', 'refuse', 'support'))
    .prefault({})
    .describe(
      'What happens to a text of a category: it passes, passes with a note for review, is refused, or is met with a message of support. Not named: `refuse`, and `support` for `self-harm`.',
    ),
})
  .transform(
    (written): SafetyConfig => ({
      embedded: written.embedded,
      guard: written.guard,
      blocklist: new Map(Object.entries(written.blocklist)),
      categories: new Map([...defaultPolicies, ...Object.entries(written.categories)]),
    }),
  )
  .prefault({})
  .describe('What is judged, by whom, and what follows.')
