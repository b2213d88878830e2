import type { Random } from '../seeded-random.ts'
import type { Engine, Job, Listener } from './engine.ts'
import type { Prompt } from './prompt.ts'

/** A cluster as the world sees it: an engine behind an address, and what is wrong with it just now. */
export interface Site {
  readonly name: string
  readonly engine: Engine
  /** How much faster than the reference it is. */
  readonly speed: number
  /** A connection succeeds. */
  readonly reachable: boolean
  /** It is in the configuration. */
  readonly member: boolean
  accept(prompt: Prompt, tell: Listener): Job | 'unreachable' | 'broken'
  apply(change: Change): void
}

/**
 * What happens to a cluster: its steps take `slow` times as long (infinitely: it accepts and never answers), its process
 * dies or is there again, it answers a share of requests with a 500, it loses its prefix cache, it joins or leaves the
 * configuration (what is under way goes on).
 */
export type Change =
  | { readonly kind: 'slow'; readonly factor: number }
  | { readonly kind: 'down' | 'up' | 'forget' | 'join' | 'leave' }
  | { readonly kind: 'errors'; readonly share: number }

/** A change of one cluster, by its number. */
export interface Fault {
  readonly atMs: number
  readonly cluster: number
  readonly change: Change
}

export function createSite(name: string, speed: number, engine: Engine, member: boolean, random: Random): Site {
  let reachable = true
  let isMember = member
  let errorShare = 0

  return {
    name,
    speed,
    engine,
    get reachable() {
      return reachable
    },
    get member() {
      return isMember
    },
    accept(prompt, tell) {
      if (!reachable) return 'unreachable'
      if (errorShare > 0 && random() < errorShare) return 'broken'
      return engine.accept(prompt, tell)
    },
    apply(change) {
      switch (change.kind) {
        case 'slow':
          return engine.slowDown(change.factor)
        case 'down':
          reachable = false
          return engine.crash()
        case 'up':
          reachable = true
          return
        case 'errors':
          errorShare = change.share
          return
        case 'forget':
          return engine.forget()
        case 'join':
        case 'leave':
          isMember = change.kind === 'join'
      }
    },
  }
}
