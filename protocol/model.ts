import { z } from 'zod'
import { pageOf } from './shape.ts'

/** A model as users pick it. */
export const Model = z
  .object({
    id: z.string().describe('The name to send as `model`'),
    serves: z.string().describe('The name its clusters know it by; differs from `id` for an alias'),
    context: z.int().describe('Tokens of prompt and answer together'),
    available: z.boolean().describe('Some cluster offers it now'),
    default: z.boolean(),
    notice: z.string().nullable().describe('What a user should know before relying on it'),
  })
  .meta({ id: 'Model' })
export type Model = z.infer<typeof Model>

export const ModelPage = pageOf(Model).meta({ id: 'ModelPage' })
export type ModelPage = z.infer<typeof ModelPage>
