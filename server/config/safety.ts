import { choice, flag, key, text, webAddress } from './kinds.ts'
import { mapOf, rule, section } from './section.ts'

/** What happens to a text of a category: it passes, passes with a note for review, is refused, or is met with help. */
export type CategoryPolicy = 'allow' | 'flag' | 'refuse' | 'support'

/** A guard behind an endpoint, by the dialect it speaks. */
export interface GuardConfig {
  readonly kind: GuardKind
  /** Without a slash at its end. */
  readonly url: string
  readonly apiKey: string | undefined
  /** Always set where the guard is a chat model. */
  readonly model: string | undefined
}

export type GuardKind = (typeof guardKinds)[number]

export interface SafetyConfig {
  /** The model inside Parley judges too. */
  readonly embedded: boolean
  /** Undefined: there is none. */
  readonly guard: GuardConfig | undefined
  /** By category; one that is not here is refused. */
  readonly categories: ReadonlyMap<string, CategoryPolicy>
}

const guardKinds = [
  'classify',
  'openai-moderation',
  'llama-guard',
  'qwen3-guard',
  'granite-guardian',
  'shieldgemma',
] as const

const chatGuards: readonly unknown[] = ['llama-guard', 'qwen3-guard', 'granite-guardian', 'shieldgemma']

const modelOfChatGuard = rule<{ readonly kind?: unknown; readonly model?: unknown }>(function* ({ kind, model }) {
  if (chatGuards.includes(kind) && model === undefined)
    yield { path: ['model'], message: `must be set for the guard ${kind}: the name its endpoint knows it by` }
})

const guard = section({
  kind: choice(...guardKinds).describe(
    '`classify` asks `POST <url>/classify`, `openai-moderation` asks `POST <url>/moderations`; the others are models behind a chat endpoint.',
  ),
  url: webAddress().describe('Its endpoint; for all but `classify` up to and including `/v1`.'),
  api_key: key(1).optional().describe('Sent to it as a Bearer token.'),
  model: text().optional().describe('The name its endpoint knows it by; needed for a guard that is a chat model.'),
})
  .check(modelOfChatGuard)
  .transform(
    (written): GuardConfig => ({
      kind: written.kind,
      url: written.url,
      apiKey: written.api_key,
      model: written.model,
    }),
  )

const defaultPolicies: readonly (readonly [string, CategoryPolicy])[] = [['self-harm', 'support']]

export const safety = section({
  embedded: flag().prefault(true).describe('The model inside Parley judges what goes in and what comes out.'),
  guard: guard.optional().describe('A guard of your own for the doubtful cases.'),
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
      categories: new Map([...defaultPolicies, ...Object.entries(written.categories)]),
    }),
  )
  .prefault({})
  .describe('What is judged, by whom, and what follows.')
