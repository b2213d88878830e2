import type { DoneEvent, ErrorEvent, TurnEvent } from '#protocol'
import { createSocket, type Frame } from '../api/socket.ts'
import { applyEvent, type LiveTurn, unheard } from './live-turn.ts'
import { createScreen } from './screen.ts'

/** The turns that this page follows. Its state is what `applyEvent` makes of the events; the rest is when to tell. */
export interface LiveTurns {
  /** Follows a turn from its beginning until its end, however often the connection breaks. Safe to repeat. */
  follow(turnId: string, conversationId: string): void
  /** Undefined for one that is not followed (any more). */
  get(turnId: string): LiveTurn | undefined
  /** Calls back when the turn has changed, at most thirty times a second. Returns how to end that. */
  subscribe(turnId: string, changed: () => void): () => void
  /** The conversations in which an answer is under way. */
  activeConversations(): ReadonlySet<string>
  subscribeToActivity(changed: () => void): () => void
  /** False while answers are under way and the server has been out of reach for some seconds. */
  reached(): boolean
  subscribeToReach(changed: () => void): () => void
  /** Connects again after signing in anew. */
  reconnect(): void
  /** Forgets everything: somebody else has signed in. */
  clear(): void
}

export interface LiveTurnsOptions {
  /**
   * A turn has ended, or is not to be had any more (null).
   */
  readonly onEnd: (end: DoneEvent | ErrorEvent | null, conversationId: string) => Promise<void>
}

interface Followed {
  readonly conversationId: string
  turn: LiveTurn
  /** Told when the screen is drawn next. */
  stale: boolean
  /** Nothing more will come. It is kept as long as somebody shows it: what is stored may reach the screen a moment later. */
  over: boolean
}

/** How long before a refused follow is tried again. */
const refusedMs = 2_000

export function createLiveTurns({ onEnd }: LiveTurnsOptions): LiveTurns {
  const followed = new Map<string, Followed>()
  const listenersOf = new Map<string, Set<() => void>>()
  const activityListeners = new Set<() => void>()
  let active: ReadonlySet<string> = new Set()
  const reachListeners = new Set<() => void>()
  let reached = true
  const screen = createScreen(tell)

  const socket = createSocket({
    onOpen: () => {
      for (const [turnId, { turn, over }] of followed) if (!over) ask(turnId, turn.seq)
    },
    onFrame: receive,
    onReach(now) {
      reached = now
      for (const listener of reachListeners) listener()
    },
    wanted: () => [...followed.values()].some(({ over }) => !over),
  })

  const ask = (turnId: string, after: number) => socket.send({ type: 'follow', turn_id: turnId, after })

  function receive(frame: Frame): void {
    const turnId = 'turn_id' in frame ? frame.turn_id : undefined
    const entry = turnId === undefined ? undefined : followed.get(turnId)
    if (turnId === undefined || entry === undefined) return
    if (!isTurnEvent(frame)) {
      // The server refuses to tell of it: it is gone, and what is stored says the rest; or it is too much right now.
      if (frame.type === 'error' && frame.code === 'not_found') void leave(turnId, entry)
      else setTimeout(() => followed.get(turnId) === entry && ask(turnId, entry.turn.seq), refusedMs)
      return
    }
    const before = entry.turn
    entry.turn = applyEvent(before, frame)
    if (entry.turn === before) return
    if (entry.turn.torn && !before.torn) {
      // What is shown stays until the text is read anew.
      entry.turn = { ...unheard, content: before.content }
      ask(turnId, 0)
    }
    tellSoon(entry)
    if (entry.turn.end !== null) void leave(turnId, entry)
  }

  async function leave(turnId: string, entry: Followed): Promise<void> {
    entry.over = true
    tellActivity()
    await onEnd(entry.turn.end, entry.conversationId)
    if (followed.get(turnId) === entry && !listenersOf.has(turnId)) followed.delete(turnId)
  }

  function tellSoon(entry: Followed): void {
    entry.stale = true
    screen.drawSoon()
  }

  function tell(): void {
    for (const [turnId, entry] of followed) {
      if (!entry.stale) continue
      entry.stale = false
      tellListeners(turnId)
    }
  }

  function tellListeners(turnId: string): void {
    for (const listener of listenersOf.get(turnId) ?? []) listener()
  }

  function tellActivity(): void {
    const running = [...followed.values()].filter(({ over }) => !over)
    active = new Set(running.map(({ conversationId }) => conversationId))
    for (const listener of activityListeners) listener()
  }

  return {
    follow(turnId, conversationId) {
      const known = followed.get(turnId)
      // One that the server could not tell of may be there after all, since the stored message says so.
      if (known !== undefined && (!known.over || known.turn.end !== null)) return
      followed.set(turnId, { conversationId, turn: unheard, stale: false, over: false })
      socket.connect()
      ask(turnId, 0)
      tellActivity()
    },
    get: turnId => followed.get(turnId)?.turn,
    subscribe(turnId, changed) {
      const listeners = listenersOf.get(turnId) ?? new Set()
      listenersOf.set(turnId, listeners.add(changed))
      return () => {
        listeners.delete(changed)
        if (listeners.size > 0) return
        listenersOf.delete(turnId)
        if (followed.get(turnId)?.over) followed.delete(turnId)
      }
    },
    activeConversations: () => active,
    subscribeToActivity(changed) {
      activityListeners.add(changed)
      return () => activityListeners.delete(changed)
    },
    reached: () => reached,
    subscribeToReach(changed) {
      reachListeners.add(changed)
      return () => reachListeners.delete(changed)
    },
    reconnect: socket.connect,
    clear() {
      followed.clear()
      tellActivity()
    },
  }
}

/** Frames that refuse something are errors without a number. */
const isTurnEvent = (frame: Frame): frame is TurnEvent =>
  'turn_id' in frame && (frame.type === 'status' || 'seq' in frame)
