/** Why a generation was sent to a cluster. */
export interface ChoiceReasons {
  readonly policy: string
  /** Clusters that serve the model and had not failed it before. */
  readonly candidates: number
  /** The lowest wins; what it means is the policy's own. */
  readonly score: number
  /** Predicted, as long as the cluster is not late. */
  readonly firstTokenMs: number
  /** Of the prompt, what the cluster had probably yet to read. */
  readonly uncachedTokens: number
  /** Over 1: its oldest unanswered request was so many times later than predicted. */
  readonly lateness: number
}

/** One choice, as administrators look at it. */
export interface Decision extends ChoiceReasons {
  /** Unix time in milliseconds. */
  readonly at: number
  readonly model: string
  /** 1, or more where other clusters had failed before. */
  readonly attempt: number
}

/** The last choices of one cluster. */
export interface RecentDecisions {
  /** Newest first. */
  list(): readonly Decision[]
  add(decision: Decision): void
}

const most = 20

export function createRecentDecisions(): RecentDecisions {
  const ring: Decision[] = []
  let next = 0
  return {
    list: () => [...ring.slice(next), ...ring.slice(0, next)].reverse(),
    add(decision) {
      ring[next] = decision
      next = (next + 1) % most
    },
  }
}
