import { z } from 'zod'
import { FinishReason } from '#protocol'

const tokens = z.int().nonnegative()

/** A whole answer as the cache keeps it, and the only form in which it is believed when it comes back. */
export const KeptAnswer = z.object({
  content: z.string(),
  finishReason: FinishReason,
  /** Who made it: the cluster, and the model as that cluster knows it. */
  servedBy: z.object({ cluster: z.string(), model: z.string() }),
  /** What making it took; null when no cluster counted. */
  usage: z.object({ inputTokens: tokens, cachedTokens: tokens, outputTokens: tokens }).nullable(),
})
export type KeptAnswer = z.infer<typeof KeptAnswer>
