import { z } from 'zod'
import { Content } from './conversation.ts'

export const TextToClassify = z.object({ text: Content }).meta({ id: 'TextToClassify' })

/** What the safety filter says of a text. */
export const Classification = z
  .object({
    safe: z.boolean(),
    score: z.number().min(0).max(1).describe('How unsafe, 0 to 1'),
    categories: z.array(z.string()).describe('What it was found to be, worst first'),
  })
  .meta({ id: 'Classification' })
export type Classification = z.infer<typeof Classification>
