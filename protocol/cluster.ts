import { z } from 'zod'
import { Id, pageOf, Time } from './shape.ts'
import { GenerationReasons } from './turn-event.ts'

/** The kinds of software that serve models; `openai` is everything that speaks its interface. */
export const EngineName = z.enum(['vllm', 'sglang', 'llama.cpp', 'ollama', 'openai', 'parley'])
export type EngineName = z.infer<typeof EngineName>

/** What an administrator may make of a cluster. */
export const SteeredState = z.enum(['enabled', 'draining', 'disabled'])
export type SteeredState = z.infer<typeof SteeredState>

const Weight = z
  .number()
  .min(0.01)
  .max(10)
  .describe('Of its share of the work beside others: at 2 it is taken as if it were twice as fast. 1 unless changed')

export const ClusterChange = z
  .object({
    state: SteeredState.optional().describe(
      '`draining`: nothing new is sent there. `disabled`: as if it were not there, nor is it looked at. Answers under way end undisturbed',
    ),
    weight: Weight.optional(),
  })
  .meta({ id: 'ClusterChange' })
export type ClusterChange = z.infer<typeof ClusterChange>

const Share = z.object({
  unanswered: z.int().describe('Generations without a first token yet'),
  streaming: z.int().describe('Answers past their first token'),
  pending_tokens: z.number().describe('Tokens of prompts that wait to be read, by a guess'),
})

/** One choice of a cluster, and why. */
export const ClusterDecision = GenerationReasons.extend({
  at: Time,
  model: z.string(),
}).meta({ id: 'ClusterDecision' })
export type ClusterDecision = z.infer<typeof ClusterDecision>

/** A cluster, as an admin sees it. Its key is never shown. */
export const ClusterInfo = z
  .object({
    id: Id.nullable().describe('Null for one that cannot be removed here'),
    name: z.string(),
    url: z.string(),
    source: z
      .enum(['file', 'added', 'found', 'embedded'])
      .describe(
        'Named in parley.yaml, added by an admin, found on this machine (`discover: use`), or a model that runs inside Parley',
      ),
    engine: EngineName.nullable().describe('Null while it is not known'),
    models: z.array(z.string()).describe('What it serves now'),
    ready: z.boolean().describe('It answers, and turns may be sent to it'),
    region: z.string().nullable(),
    state: SteeredState,
    weight: Weight,
    health: z.object({
      breaker: z
        .enum(['closed', 'open', 'half_open', 'busy'])
        .describe(
          '`open`: left alone after failures. `half_open`: one request may prove it well. `busy`: it asked for a pause',
        ),
      rests_for_ms: z.number().describe('Until it may get work again by itself; 0 also while it cannot be reached'),
      reason: z.string().nullable().describe('Its last failure, until it has proved well'),
    }),
    load: z.object({
      capacity: z.int().nullable().describe('Generations at once; null while no limit is known'),
      own: Share.describe('Of the process that answers this'),
      others: Share.describe('Of other processes, as last heard'),
      waiting: z.int().describe('In line for a model it serves, at the process that answers this'),
    }),
    speed: z
      .object({
        first_token_ms: z.number().describe('Moving average'),
        samples: z.int(),
        base_ms: z.number().nullable().describe('Time to a first token where no prompt waits'),
        per_pending_token_ms: z.number().nullable(),
        gap_ms: z.number().nullable().describe('Between two tokens of a lone answer'),
        gap_per_stream_ms: z.number().nullable().describe('More for each answer beside it'),
      })
      .nullable()
      .describe(
        'As learned by the process that answers this; null before its first answer, its lines until a few were seen',
      ),
    decisions: z.array(ClusterDecision).describe('The last twenty of the process that answers this, newest first'),
  })
  .meta({ id: 'ClusterInfo' })
export type ClusterInfo = z.infer<typeof ClusterInfo>

export const ClusterPage = pageOf(ClusterInfo).meta({ id: 'ClusterPage' })
export type ClusterPage = z.infer<typeof ClusterPage>

/** An endpoint that speaks OpenAI's interface. */
const EndpointUrl = z
  .url({ protocol: /^https?$/ })
  .max(2_000)
  .refine(isBare, 'must be without user name, query and fragment')
  .describe('Up to and including its `/v1`, which is assumed where there is no path')

function isBare(written: string): boolean {
  const url = URL.parse(written)
  return url === null || url.username + url.password + url.search + url.hash === ''
}

export const NewCluster = z
  .object({
    url: EndpointUrl,
    name: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .regex(/^\P{Cc}*$/u, 'must be without control characters')
      .optional()
      .describe('Unique. Omitted: made from the address'),
    api_key: z
      .string()
      .min(1)
      .max(1_000)
      .regex(/^[\x21-\x7e]*$/, 'must be ASCII without spaces')
      .optional()
      .describe('Sent to it as a Bearer token. Kept sealed, never shown'),
  })
  .meta({ id: 'NewCluster' })
export type NewCluster = z.infer<typeof NewCluster>

/** What an endpoint was found to be. */
export const ClusterTest = z
  .object({
    models: z.array(z.string()),
    first_token_ms: z.number().nullable().describe('Of a short prompt to its first model; null where none answered'),
  })
  .meta({ id: 'ClusterTest' })
export type ClusterTest = z.infer<typeof ClusterTest>

/** A program on this machine that serves models and is not used yet. Nothing but its list of models was read. */
export const FoundEngine = z
  .object({
    label: z.string().describe('As people call it: Ollama, LM Studio ...'),
    url: z.string(),
    models: z.array(z.string()),
  })
  .meta({ id: 'FoundEngine' })
export type FoundEngine = z.infer<typeof FoundEngine>

export const FoundEnginePage = pageOf(FoundEngine).meta({ id: 'FoundEnginePage' })
export type FoundEnginePage = z.infer<typeof FoundEnginePage>
