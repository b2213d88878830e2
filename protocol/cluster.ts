import { z } from 'zod'
import { Id, pageOf } from './shape.ts'

/** The kinds of software that serve models; `openai` is everything that speaks its interface. */
export const EngineName = z.enum(['vllm', 'sglang', 'llama.cpp', 'ollama', 'openai'])
export type EngineName = z.infer<typeof EngineName>

/** A cluster, as an admin sees it. Its key is never shown. */
export const ClusterInfo = z
  .object({
    id: Id.nullable().describe('Null for one that cannot be changed here'),
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
