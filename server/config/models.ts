import { z } from 'zod'
import { number, text, wholeNumber } from './kinds.ts'
import { mapOf, rule, section } from './section.ts'

/** A name that users may pick, and what stands behind it. */
export type ModelConfig = ServedModel | LocalModel

/** A model of some cluster under another name. */
export interface ServedModel extends ModelTerms {
  readonly kind: 'served'
  /** The name its clusters know it by. */
  readonly serves: string
}

/** A model file that this machine runs itself. */
export interface LocalModel extends ModelTerms {
  readonly kind: 'local'
  /** Absolute once the configuration is loaded. */
  readonly gguf: string
  /** Answers at once; undefined: as many as fit. */
  readonly parallel: number | undefined
}

interface ModelTerms {
  /** Prompt and answer together; undefined: what the cluster or the file tells. */
  readonly contextTokens: number | undefined
  /** For a million tokens of prompt, in the operator's currency. */
  readonly inputPrice: number
  /** For a million tokens of answer. */
  readonly outputPrice: number
  readonly firstTokenTimeoutMs: number
  /** For requests that set none; undefined: Parley's own. */
  readonly temperature: number | undefined
}

interface WrittenModel {
  readonly serves?: unknown
  readonly gguf?: unknown
  readonly parallel?: unknown
}

const oneSource = rule<WrittenModel>(function* ({ serves, gguf, parallel }) {
  if (serves === undefined && gguf === undefined)
    yield { path: [], message: 'must have "serves" (a model of a cluster) or "gguf" (a file to run here)' }
  if (serves !== undefined && gguf !== undefined) yield { path: ['gguf'], message: 'cannot stand beside "serves"' }
  if (parallel !== undefined && gguf === undefined) yield { path: ['parallel'], message: 'works only with "gguf"' }
})

const model = section({
  serves: text().optional().describe('The model of a cluster that answers under this name.'),
  gguf: text().optional().describe('A model file to run on this machine; relative to the folder of this file.'),
  context: wholeNumber(1)
    .optional()
    .describe('Tokens of prompt and answer together. Left out: what the cluster or the file tells.'),
  parallel: wholeNumber(1).optional().describe('Answers at once, with `gguf` only. Left out: as many as fit.'),
  input_price: number(0)
    .prefault(0)
    .describe('Price of a million tokens of prompt. Takes effect with a later release.'),
  output_price: number(0)
    .prefault(0)
    .describe('Price of a million tokens of answer. Takes effect with a later release.'),
  first_token_timeout: wholeNumber(1)
    .prefault(300)
    .describe('Seconds until the first token must be there where no other cluster can take over.'),
  temperature: number(0, 2).optional().describe("For requests that set none. Left out: Parley's own, 0.7."),
})
  .check(oneSource)
  .transform((written): ModelConfig => {
    const terms = {
      contextTokens: written.context,
      inputPrice: written.input_price,
      outputPrice: written.output_price,
      firstTokenTimeoutMs: written.first_token_timeout * 1000,
      temperature: written.temperature,
    }
    return written.gguf === undefined
      ? { kind: 'served', serves: written.serves ?? '', ...terms } // `oneSource` has seen to it that it is there
      : { kind: 'local', gguf: written.gguf, parallel: written.parallel, ...terms }
  })

export const models = mapOf(model)
  .transform((written): ReadonlyMap<string, ModelConfig> => new Map(Object.entries(written)))
  .prefault({})
  .describe('Names that users may pick, beside those that clusters list and the `models/*.gguf` of the data folder.')

/** The models where they are all as they must be, for rules between sections. */
export function readModels(written: unknown): ReadonlyMap<string, ModelConfig> | undefined {
  const result = z.safeParse(models, written)
  return result.success ? result.data : undefined
}
