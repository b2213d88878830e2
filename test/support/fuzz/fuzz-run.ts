import { randomBytes } from 'node:crypto'

/** What a run sends: all its inputs, or one of an earlier run. */
export interface FuzzRun {
  readonly seed: string
  readonly inputs: readonly number[]
}

export interface Complaint {
  readonly input: number
  readonly what: string
  readonly wrong: readonly string[]
}

/**
 * A run of `count` inputs with a seed of chance. `PARLEY_FUZZ_SEED=<seed>` replays one, `PARLEY_FUZZ_SEED=<seed>:<input>`
 * one input of it.
 */
export function fuzzRun(count: number, asked = process.env.PARLEY_FUZZ_SEED): FuzzRun {
  const [seed = '', input] = (asked ?? randomBytes(4).toString('hex')).split(':')
  return { seed, inputs: input === undefined ? Array.from({ length: count }, (_, index) => index) : [Number(input)] }
}

/** Does `one` for every input, `atOnce` at a time; resolves with the first complaints, and gives up after twenty. */
export async function runAll(
  { inputs }: FuzzRun,
  atOnce: number,
  one: (input: number) => Promise<Omit<Complaint, 'input'>>,
): Promise<readonly Complaint[]> {
  const complaints: Complaint[] = []
  const queue = inputs.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const input of queue) {
        if (complaints.length >= 20) return
        const { what, wrong } = await one(input)
        if (wrong.length > 0) complaints.push({ input, what, wrong })
      }
    }),
  )
  return complaints
}

/** For people: what went wrong, and how to see it again. */
export const describeComplaints = ({ seed }: FuzzRun, complaints: readonly Complaint[]): string =>
  complaints
    .map(({ input, what, wrong }) => `PARLEY_FUZZ_SEED=${seed}:${input}\n  ${what}\n  ${wrong.join('\n  ')}`)
    .join('\n')
