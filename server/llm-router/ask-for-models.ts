import { type Dispatcher, request } from 'undici'
import { z } from 'zod'
import { serverName } from '#protocol'
import { detectEngine, type Engine } from './engines.ts'

/** Where an OpenAI-compatible interface is reached. */
export interface Endpoint {
  /** Up to and including `/v1`. */
  readonly url: string
  readonly apiKey: string | undefined
}

/** What an endpoint answered to `GET /models`. */
export interface ModelListing {
  readonly status: number
  /** Those that chat; undefined where the answer is no list of models. */
  readonly models: readonly ListedModel[] | undefined
  /** Undefined where the list does not tell. */
  readonly engine: Engine | undefined
  /** It is no engine but a Parley server, this one perhaps. */
  readonly parley: boolean
}

export interface ListedModel {
  readonly id: string
  /** Of prompt and answer together; undefined where the endpoint does not tell. */
  readonly contextTokens: number | undefined
}

/** Longest answer that is read: a list of models is far shorter, and whatever else listens there is not trusted. */
const mostBytes = 1_048_576

/**
 * Asks an endpoint what it serves. Follows no redirect: whoever answers may not send our key elsewhere. Fails with what
 * the connection failed of, or the signal's reason.
 */
export async function askForModels(
  dispatcher: Dispatcher,
  { url, apiKey }: Endpoint,
  signal: AbortSignal,
): Promise<ModelListing> {
  const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  const { statusCode, headers: answered, body } = await request(`${url}/models`, { dispatcher, headers, signal })
  const text = await readBounded(body)
  const data = statusCode === 200 && text !== undefined ? readList(text) : undefined
  return {
    status: statusCode,
    models: data?.flatMap(({ id, max_model_len, meta }) =>
      onlyEmbeds.test(id) ? [] : { id, contextTokens: max_model_len ?? meta?.n_ctx ?? undefined },
    ),
    engine: data?.map(({ owned_by }) => detectEngine(owned_by ?? '')).find(found => found !== undefined),
    parley: answered.server === serverName,
  }
}

/** Ollama and LM Studio list the models that embed beside those that chat, and only the name tells them apart. */
const onlyEmbeds = /(^|[^a-z])embed(?!ded)/i

const ModelList = z.object({
  data: z
    .array(
      z.object({
        id: z.string(),
        owned_by: z.string().nullish(),
        max_model_len: z.int().positive().nullish(), // vLLM, SGLang, and our own child
        meta: z.object({ n_ctx: z.int().positive().nullish() }).nullish(), // llama.cpp
      }),
    )
    .nullable() // Ollama without a model
    .transform(list => list ?? []),
})

function readList(text: string): z.infer<typeof ModelList>['data'] | undefined {
  try {
    return ModelList.parse(JSON.parse(text)).data
  } catch {
    return undefined // a web page, most often
  }
}

/** Undefined where it is longer than any honest answer. */
export async function readBounded(body: Dispatcher.ResponseData['body']): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    length += bytes.length
    if (length > mostBytes) return undefined // leaving the loop destroys the socket
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString()
}
