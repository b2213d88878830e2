import { z } from 'zod'
import type { Hub } from '#hub'
import { ClusterShare, Others, type SharedLoads } from './cluster-share.ts'

/** What processes ask the hub about. */
export const loadsSubject = 'loads'

/** No request waits for it; what is later than this is no news. */
const limitMs = 250

const Question = z.object({ process: z.string(), own: z.array(ClusterShare).readonly() })
type Question = z.infer<typeof Question>

/** The loads of all workers of this machine, which lie in the hub. */
export function createHubLoads(hub: Hub): SharedLoads {
  return {
    async exchange(process, own) {
      const question: Question = { process, own }
      return Others.parse(await hub.ask(loadsSubject, question, { limitMs }))
    },
  }
}

/** The hub's side: answers a question from what `loads` were told. */
export function answerAboutLoads(loads: SharedLoads, asked: unknown): Promise<unknown> {
  const { process, own } = Question.parse(asked)
  return loads.exchange(process, own)
}
