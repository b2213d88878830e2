import { Fault } from '#kit'
import type { ChoiceReasons } from './choice-reasons.ts'
import type { Cluster } from './cluster.ts'
import type { Place, Spent } from './decide/admission-queue.ts'
import type { Dispatch } from './decide/cluster-load.ts'
import type { Demand } from './decide/demand.ts'
import type { Scored } from './decide/policy.ts'
import type { FailOverDeps, Generation } from './fail-over.ts'
import type { GenerationRequest } from './generation-event.ts'
import type { ResolvedModel } from './model-table.ts'

/** What clusters are asked, and what the choice of one needs to know of it. */
export interface Asked {
  readonly model: ResolvedModel
  readonly request: GenerationRequest
  readonly demand: Demand
}

/** A request that counts as under way on its cluster. */
export interface Sent {
  readonly cluster: Cluster
  readonly reasons: ChoiceReasons
  readonly dispatch: Dispatch
  readonly at: number
  /** From its first token on; a guess until it is whole. */
  spent: Omit<Spent, 'heldMs'> | undefined
}

/** Takes a place on the cluster that was chosen, among so many, after so many failures. */
export function send(
  { pool, clock, policy }: FailOverDeps,
  { model, demand }: Asked,
  choice: Scored<Cluster>,
  candidates: number,
  failures: number,
): Sent {
  const { cluster, score, firstTokenMs, uncachedTokens, lateness } = choice
  const reasons = { policy, candidates: Math.max(1, candidates), score, firstTokenMs, uncachedTokens, lateness }
  const at = clock.elapsed()
  cluster.learned.decisions.add({ ...reasons, at: clock.now(), model: model.serves, attempt: failures + 1 })
  return { cluster, reasons, dispatch: pool.dispatch(choice, demand, at), at, spent: undefined }
}

/** How often a place in line is told, at most. */
const tellEveryMs = 1_000
/** How long one waits for a cluster that serves its model: after a crash many have to be found anew. */
const longestUnservedMs = 15_000

/**
 * Waits in line, telling its place, until there is room on a cluster, and takes it: not on one that `failed` the request
 * while there is another. Throws `model_unavailable` where none has served the model for a while.
 */
export async function sendInTurn(
  deps: FailOverDeps,
  { take, signal, ticket }: Generation,
  asked: Asked,
  failed: ReadonlySet<Cluster>,
  failures: number,
): Promise<Sent> {
  const { clock, serving, line, pool } = deps
  const { model, request, demand } = asked
  let sent: Sent | undefined
  let servedAt = clock.elapsed()
  let told: { readonly position: number; readonly at: number } | undefined

  function onWait({ position, waitMs }: Place): void {
    const now = clock.elapsed()
    if (serving(model, request).length > 0) servedAt = now
    else if (now - servedAt >= longestUnservedMs) throw unavailable(model)
    if (told !== undefined && (told.position === position || now - told.at < tellEveryMs)) return
    told = { position, at: now }
    take([{ type: 'queued', position, waitMs: Math.round(waitMs) }])
  }

  const start = () => {
    const all = serving(model, request)
    const others = all.filter(cluster => !failed.has(cluster))
    const able = others.length > 0 ? others : all
    const choice = pool.choose(able, demand, clock.elapsed())
    if (choice !== undefined) {
      sent = send(deps, asked, choice, able.length, failures)
      return 'started'
    }
    return request.continues && request.seamless ? 'unfit' : 'full'
  }
  ticket.ended(undefined, servedAt) // it has left the place that it had before
  await line.untilStarted(ticket, { start, onWait }, signal)
  if (sent === undefined) throw new Error('a generation started without a cluster')
  return sent
}

export const unavailable = ({ name }: ResolvedModel): Fault =>
  new Fault('model_unavailable', `No cluster serves the model "${name}" right now.`, { retryAfterMs: 5_000 })
