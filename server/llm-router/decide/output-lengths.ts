/** How long answers are, by model: what a decision expects of the next one. In tokens. */
export interface OutputLengths {
  expected(model: string): number
  sample(model: string, tokens: number): void
}

/** Before any answer was seen: a few paragraphs. */
const unknownTokens = 300
const newestWeight = 0.02
const mostModels = 1_000

/** Running means, those of the last thousand models. */
export function createOutputLengths(): OutputLengths {
  const means = new Map<string, number>()
  return {
    expected: model => means.get(model) ?? unknownTokens,
    sample(model, tokens) {
      const mean = means.get(model) ?? unknownTokens
      means.delete(model)
      means.set(model, mean + newestWeight * (tokens - mean))
      if (means.size > mostModels) for (const oldest of means.keys()) return void means.delete(oldest)
    },
  }
}
