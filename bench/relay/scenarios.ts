/** So many streams, each at its pace. */
export interface Scenario {
  readonly name: string
  readonly streams: number
  /** How long the cluster takes to the first token. */
  readonly firstTokenMs: number
  /** Tokens a second of each stream. */
  readonly rate: number
  /** Of each answer. */
  readonly tokens: number
  /** That each stream asks for, one after the other. */
  readonly answersPerStream: number
  /** How often it is measured, unless somebody says otherwise. */
  readonly rounds: number
}

export const scenarios: readonly Scenario[] = [
  { name: 'steady', streams: 200, firstTokenMs: 0, rate: 50, tokens: 200, answersPerStream: 2, rounds: 2 },
  // As long as a small model on a GPU takes for a short prompt.
  { name: 'thinking', streams: 200, firstTokenMs: 100, rate: 50, tokens: 200, answersPerStream: 2, rounds: 1 },
  { name: 'wide', streams: 2_000, firstTokenMs: 0, rate: 5, tokens: 75, answersPerStream: 1, rounds: 1 },
  // More than the machine can do: what has piled up is relayed in larger pieces.
  { name: 'pressure', streams: 400, firstTokenMs: 0, rate: 125, tokens: 600, answersPerStream: 1, rounds: 2 },
]

/** Before anything is measured: as many turns as the compilers need to see, which count calls, not time. */
export const warmUp: Scenario = {
  name: 'warm-up',
  streams: 100,
  firstTokenMs: 0,
  rate: 200,
  tokens: 20,
  answersPerStream: 50,
  rounds: 1,
}

/** One answer's time at this pace; over so long the streams begin, so that their beginnings stay spread. In ms. */
export const answerMs = ({ firstTokenMs, tokens, rate }: Scenario): number => firstTokenMs + (tokens / rate) * 1_000
