import { useSyncExternalStore } from 'react'
import type { RequestError } from '../api/request.ts'

/** A message that the server has not acknowledged. */
export interface Outgoing {
  /** Its idempotency key: sent again under it, it is stored once. */
  readonly key: string
  /** Names the chat it was written in, which may not be a conversation yet. */
  readonly chat: string
  /** Undefined while the conversation itself is still to be made. */
  readonly conversationId: string | undefined
  readonly content: string
  /** Undefined: below the leaf. */
  readonly parentId: string | null | undefined
  readonly model: string | undefined
  /** Milliseconds; later than any before it in this tab, even where the clock went back. */
  readonly writtenAt: number
  /** Why it is not sent yet, or will not be as it is; undefined while it is on its way. */
  readonly error: RequestError | undefined
}

/**
 * Sends the messages of a chat one after the other, and keeps them until they are stored or taken back. What is kept is
 * the browser's: a tab that opens takes over what another one left, and sends it under the same keys.
 */
export interface Outbox {
  /** Whose it is; what this browser still keeps of them is sent now. */
  open(userId: string): void
  put(message: Omit<Outgoing, 'error' | 'writtenAt'>): void
  /** Tries a message again; one that was refused may go to another model this time. */
  retry(message: Outgoing, model: string | undefined): void
  /** The network is back: tries what waits for it, at once. */
  wake(): void
  /** Takes a message back; those behind it go on. */
  discard(key: string): void
  all(): readonly Outgoing[]
  subscribe(changed: () => void): () => void
}

/** What the server knows of a message once it is stored. */
export interface Receipt {
  readonly conversationId: string
  /** The answer's id, below which the next message of the chat stands. */
  readonly answerId: string
}

export interface OutboxOptions {
  /**
   * Sends one message, making its conversation first where there is none (`onConversation` tells of it). Rejects with
   * `RequestError` alone; safe to repeat with the same message.
   */
  readonly send: (message: Outgoing, onConversation: (id: string) => void) => Promise<Receipt>
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>
  /** Calls back with the name of each entry of the storage that another tab has removed. */
  readonly onRemovedElsewhere?: (removed: (entry: string) => void) => void
}

/** Whether the same message may yet be stored: the server was away, or nobody was signed in. */
const isPassing = ({ status }: RequestError) => status === 0 || status === 401 || status === 502 || status === 503

const retryMs = 5_000

/** Messages of one conversation go one after the other; before it is made, those of one chat. */
const queueOf = ({ conversationId, chat }: Pick<Outgoing, 'conversationId' | 'chat'>) => conversationId ?? chat

export function createOutbox({ send, storage, onRemovedElsewhere }: OutboxOptions): Outbox {
  let waiting: readonly Outgoing[] = []
  let owner: string | undefined
  /** Queues whose first message is on its way. */
  const busy = new Set<string>()
  const listeners = new Set<() => void>()
  let waking: { readonly atMs: number; readonly timer: ReturnType<typeof setTimeout> } | undefined

  /** Where a message is kept: each by itself, since other tabs keep theirs. */
  const entryOf = (key: string) => `parley.outbox.${owner}.${key}`

  function show(next: readonly Outgoing[]): void {
    waiting = next
    for (const listener of listeners) listener()
  }

  function keep(message: Outgoing): void {
    try {
      storage.setItem(entryOf(message.key), JSON.stringify({ ...message, error: undefined }))
    } catch {
      // The browser's store is full: the message is still here, as long as the page is.
    }
  }

  /** Changes the messages that `changed` says something of. */
  function patch(changed: (message: Outgoing) => Partial<Outgoing> | undefined): void {
    show(
      waiting.map(message => {
        const news = changed(message)
        if (news === undefined) return message
        const patched = { ...message, ...news }
        // A failure is not kept, so that one that comes late does not bring back what another tab has removed.
        if (!('error' in news)) keep(patched)
        return patched
      }),
    )
  }

  const setError = (key: string, error: RequestError | undefined) =>
    patch(message => (message.key === key ? { error } : undefined))

  function remove(key: string): void {
    storage.removeItem(entryOf(key))
    show(waiting.filter(message => message.key !== key))
  }

  /** What is kept of the owner, oldest first. */
  function read(): readonly Outgoing[] {
    const entries = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
    return entries
      .filter(entry => entry.startsWith(entryOf('')))
      .flatMap(entry => storage.getItem(entry) ?? [])
      .map((kept): Outgoing => JSON.parse(kept))
      .toSorted((a, b) => a.writtenAt - b.writtenAt)
  }

  /** Sends what waits in a queue, oldest first, until it is empty or one cannot go. */
  async function work(queue: string): Promise<void> {
    if (busy.has(queue)) return
    const names = new Set([queue])
    busy.add(queue)
    try {
      for (;;) {
        const message = waiting.find(one => names.has(queueOf(one)))
        if (message === undefined) return
        const sent = await attempt(message, made => {
          // From here on messages of this chat are known by their conversation, and wait for this one all the same.
          names.add(made)
          busy.add(made)
        })
        if (!sent) return
      }
    } finally {
      for (const name of names) busy.delete(name)
    }
  }

  /** Whether it is stored, and the next one may go. */
  async function attempt(message: Outgoing, onMade: (conversationId: string) => void): Promise<boolean> {
    const { key, chat } = message
    if (message.error !== undefined) setError(key, undefined)
    try {
      const receipt = await send({ ...message, error: undefined }, conversationId => {
        onMade(conversationId)
        patch(one => (one.chat === chat ? { conversationId } : undefined))
      })
      remove(key)
      const next = waiting.find(one => queueOf(one) === receipt.conversationId)
      patch(one => (one === next && one.parentId === undefined ? { parentId: receipt.answerId } : undefined))
      return true
    } catch (error) {
      const reason = error as RequestError
      setError(key, reason)
      // Whoever signs in again is told by `open`.
      if (isPassing(reason) && reason.status !== 401) wakeIn(reason.retryAfterMs ?? retryMs)
      return false
    }
  }

  function wake(): void {
    for (const queue of new Set(waiting.filter(({ error }) => error === undefined || isPassing(error)).map(queueOf)))
      void work(queue)
  }

  /** Once for all that wait, at the earliest time that one of them asks for. */
  function wakeIn(ms: number): void {
    const atMs = performance.now() + ms
    if (waking !== undefined && waking.atMs <= atMs) return
    clearTimeout(waking?.timer)
    const timer = setTimeout(() => {
      waking = undefined
      wake()
    }, ms)
    waking = { atMs, timer }
  }

  /** Takes a message out; those behind it go on. */
  function drop(key: string): void {
    const dropped = waiting.find(message => message.key === key)
    if (dropped === undefined) return
    remove(key)
    void work(queueOf(dropped))
  }

  /** Takes a message back: the one behind it stands where it would have stood. */
  function discard(key: string): void {
    const place = waiting.findIndex(message => message.key === key)
    const dropped = waiting[place]
    if (dropped === undefined) return
    const next = waiting.slice(place + 1).find(one => queueOf(one) === queueOf(dropped))
    if (dropped.parentId !== undefined)
      patch(one => (one === next && one.parentId === undefined ? { parentId: dropped.parentId } : undefined))
    drop(key)
  }

  onRemovedElsewhere?.(entry => {
    if (entry.startsWith(entryOf(''))) drop(entry.slice(entryOf('').length))
  })

  return {
    open(userId) {
      if (userId !== owner) {
        owner = userId
        show(read())
      }
      wake()
    },
    put(message) {
      const writtenAt = Math.max(Date.now(), 1 + (waiting.at(-1)?.writtenAt ?? 0))
      const outgoing = { ...message, writtenAt, error: undefined }
      keep(outgoing)
      show([...waiting, outgoing])
      void work(queueOf(message))
    },
    wake,
    retry(message, model) {
      const { key, error } = message
      // What may have been stored must come again as it was.
      if (error !== undefined && !isPassing(error)) patch(one => (one.key === key ? { model } : undefined))
      void work(queueOf(message))
    },
    discard,
    all: () => waiting,
    subscribe(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
}

/** The messages on their way, of all chats. */
export const useOutgoing = (outbox: Outbox): readonly Outgoing[] => useSyncExternalStore(outbox.subscribe, outbox.all)
