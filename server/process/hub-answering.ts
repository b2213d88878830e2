import { answerAboutMeters, metersSubject } from '../gateway/limits/hub-meters.ts'
import type { Meters } from '../gateway/limits/meters.ts'
import type { SharedLoads } from '../load-sharing/cluster-share.ts'
import { answerAboutLoads, loadsSubject } from '../load-sharing/hub-loads.ts'
import type { AnswerStore } from '../prompt-cache/answer-store.ts'
import { answerAboutAnswers, answersSubject } from '../prompt-cache/hub-answers.ts'

import { metricsSubject } from '../telemetry/metrics-together.ts'

export interface Kept {
  readonly meters: Meters
  readonly answers: AnswerStore
  readonly loads: SharedLoads
  /** The metrics of all workers, as one exposition. */
  readonly metrics: () => Promise<unknown>
}

/**
 * What the hub answers about what workers share. Taken from the modules' files rather than their faces: the process that
 * starts workers need not load a web server.
 */
export const createHubAnswering =
  ({ meters, answers, loads, metrics }: Kept) =>
  async (subject: string, question: unknown): Promise<unknown> => {
    switch (subject) {
      case metersSubject:
        return answerAboutMeters(meters, question)
      case answersSubject:
        return answerAboutAnswers(answers, question)
      case loadsSubject:
        return answerAboutLoads(loads, question)
      case metricsSubject:
        return metrics()
      default:
        throw new Error(`nobody answers about "${subject}"`)
    }
  }
