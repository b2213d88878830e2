import { type Clock, Fault, type Log } from '#kit'
import type { TurnEvent } from '#protocol'
import type { OwnerStore, Store, TurnRow } from '#store'
import { isEnd, type LiveFeed, type LiveTurn } from './live-turn.ts'
import type { LiveTurns } from './live-turns.ts'
import { mergeTokens } from './merge-tokens.ts'
import type { Peers } from './peers.ts'
import { createStoredTurn } from './stored-turn.ts'
import type { TurnFeed } from './turn-feed.ts'

export interface FollowTurnDeps {
  readonly store: Store
  readonly liveTurns: LiveTurns
  readonly peers: Peers
  readonly workerId: string
  readonly clock: Clock
  readonly log: Log
}

/** How often the database is asked for what is new, while nobody tells it sooner; less and less while nothing is. */
const everyMs = 250
const slowestMs = 1_000
/** An owner that could not be reached is left alone for so long. */
const unreachableMs = 2_000
/** More events than these wait for their reader with their tokens merged. */
const mostWaiting = 64

/**
 * A reader of a turn that has seen everything up to `after`, wherever the turn runs: here, in another process, which
 * tells its events as they come, or, where that one cannot be reached, by what the database knows of it. It changes over
 * whenever the turn does. Undefined when the turn has ended and there is nothing new to them. Throws `not_found`.
 */
export async function followTurn(
  deps: FollowTurnDeps,
  userId: string,
  turnId: string,
  after: number,
): Promise<TurnFeed | undefined> {
  const feed = await openFeed(deps, deps.store.of(userId), { userId, turnId, after })
  if (feed === undefined) throw new Fault('not_found', 'There is no such turn.')
  return feed.ended ? undefined : feed
}

interface Place {
  readonly userId: string
  readonly turnId: string
  readonly after: number
}

/** Resolves after the first look; undefined when there is no such turn. */
async function openFeed(deps: FollowTurnDeps, owner: OwnerStore, place: Place): Promise<TurnFeed | undefined> {
  const { store, liveTurns, peers, workerId, clock, log } = deps
  const { userId, turnId } = place
  const stored = createStoredTurn(owner, turnId)
  const closing = new AbortController()
  let seen = place.after
  let news: TurnEvent[] = []
  let inner: LiveFeed | undefined
  let following = false
  let unreachableAt: number | undefined
  let ended = false
  let waitMs = everyMs
  let timer: NodeJS.Timeout | undefined
  let listener = () => {}

  // `ended` is no getter: see `ReaderTick`.
  const feed = {
    ended: false,
    take() {
      const told = news
      const events = inner === undefined ? told : inner.take()
      if (told.length > 0) news = []
      settle()
      return inner === undefined || told.length === 0 ? events : [...told, ...events]
    },
    onNews(callback: () => void) {
      listener = callback
    },
    close() {
      closing.abort()
      clearTimeout(timer)
      inner?.close()
    },
  }

  function settle(): void {
    feed.ended = news.length === 0 && (inner?.ended ?? ended)
  }

  function tell(events: readonly TurnEvent[]): void {
    if (events.length === 0) return
    for (const event of events) if (event.type !== 'status') seen = Math.max(seen, event.seq)
    news.push(...events)
    if (news.length > mostWaiting) news = mergeTokens(news)
    ended = isEnd(events.at(-1))
    listener()
  }

  function liveHere(): LiveTurn | undefined {
    const live = liveTurns.get(turnId)
    return live?.turn.userId === userId && !live.lost ? live : undefined
  }

  function attach(live: LiveTurn): void {
    const own = live.feed(seen)
    stored.forgetPlace()
    inner = own
    own.onNews(() => {
      if (live.lost) {
        seen = own.seen()
        own.close()
        inner = undefined
        lookIn(0)
      }
      listener()
    })
    settle()
  }

  async function look(): Promise<boolean> {
    const live = liveHere()
    if (live !== undefined) {
      attach(live)
      listener()
      return true
    }
    const turn = await stored.read()
    if (turn === undefined) return false
    const address = await ownersAddress(turn)
    if (address !== undefined) {
      void followOwner(address)
      return true
    }
    const events = await stored.news(turn, seen)
    if (events === undefined) return false
    tell(events)
    // A turn that runs and says nothing has lost its owner: whoever takes it over is found soon enough.
    waitMs = events.length > 0 || turn.status === 'queued' ? everyMs : Math.min(2 * waitMs, slowestMs)
    if (turn.ended_at !== null && !ended) {
      ended = true // and there was nothing new to tell
      settle()
      listener()
    }
    return true
  }

  async function ownersAddress({ status, owner: worker }: TurnRow): Promise<string | undefined> {
    if (status !== 'running' || worker === null || worker === workerId) return undefined
    if (unreachableAt !== undefined && clock.elapsed() - unreachableAt < unreachableMs) return undefined
    return store.workers.addressOf(worker)
  }

  async function followOwner(address: string): Promise<void> {
    following = true
    stored.forgetPlace()
    const before = seen
    try {
      await peers.follow({ address, userId, turnId, after: seen }, tell, closing.signal)
    } catch (error) {
      if (closing.signal.aborted) return
      unreachableAt = clock.elapsed()
      log.debug({ turn_id: turnId, error }, "a turn's owner cannot be reached; its reader looks into the database")
    }
    following = false
    const toldNothing = seen === before
    // It may not run there yet, though the database says so; or another installation answers at that address.
    if (toldNothing) unreachableAt = clock.elapsed()
    lookIn(toldNothing ? everyMs : 0)
  }

  function lookIn(delayMs: number): void {
    if (ended || inner !== undefined || following || closing.signal.aborted) return
    clearTimeout(timer)
    timer = setTimeout(async () => {
      try {
        if (!(await look())) {
          ended = true // the conversation is gone, and its turns with it
          settle()
          listener()
        }
      } catch (error) {
        log.debug({ turn_id: turnId, error }, 'a reader could not look for news; it tries again')
      }
      lookIn(waitMs)
    }, delayMs)
  }

  if (!(await look())) return undefined
  lookIn(everyMs)
  return feed
}
