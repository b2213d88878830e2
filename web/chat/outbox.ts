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
  /** Why it is not sent yet, or will not be as it is; undefined while it is on its way. */
  readonly error: RequestError | undefined
}

/** Sends the messages of a chat one after the other, and keeps them until they are stored or taken back. */
export interface Outbox {
  /** Whose it is; what this browser still keeps of them is sent now. */
  open(userId: string): void
  put(message: Omit<Outgoing, 'error'>): void
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
  readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
}

/** Whether the same message may yet be stored: the server was away, or nobody was signed in. */
const isPassing = ({ status }: RequestError) => status === 0 || status === 401 || status === 502 || status === 503

const retryMs = 5_000

/** Messages of one conversation go one after the other; before it is made, those of one chat. */
const queueOf = ({ conversationId, chat }: Pick<Outgoing, 'conversationId' | 'chat'>) => conversationId ?? chat

export function createOutbox({ send, storage }: OutboxOptions): Outbox {
  let waiting: readonly Outgoing[] = []
  let owner: string | undefined
  /** Queues whose first message is on its way. */
  const busy = new Set<string>()
  const listeners = new Set<() => void>()

  const placeOf = (userId: string) => `parley.outbox.${userId}`

  function change(next: readonly Outgoing[]): void {
    waiting = next
    if (owner !== undefined) {
      try {
        if (next.length === 0) storage.removeItem(placeOf(owner))
        else storage.setItem(placeOf(owner), JSON.stringify(next.map(message => ({ ...message, error: undefined }))))
      } catch {
        // The browser's store is full: the messages are still here, as long as the page is.
      }
    }
    for (const listener of listeners) listener()
  }

  const patch = (key: string, changed: Partial<Outgoing>) =>
    change(waiting.map(message => (message.key === key ? { ...message, ...changed } : message)))

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
    if (message.error !== undefined) patch(key, { error: undefined })
    try {
      const receipt = await send({ ...message, error: undefined }, conversationId => {
        onMade(conversationId)
        change(waiting.map(one => (one.chat === chat ? { ...one, conversationId } : one)))
      })
      const isNext = (one: Outgoing) => queueOf(one) === receipt.conversationId && one.parentId === undefined
      const rest = waiting.filter(one => one.key !== key)
      change(rest.map(one => (isNext(one) ? { ...one, parentId: receipt.answerId } : one)))
      return true
    } catch (error) {
      const reason = error as RequestError
      patch(key, { error: reason })
      // Whoever signs in again is told by `open`.
      if (isPassing(reason) && reason.status !== 401) setTimeout(wake, reason.retryAfterMs ?? retryMs)
      return false
    }
  }

  function wake(): void {
    for (const queue of new Set(waiting.filter(({ error }) => error === undefined || isPassing(error)).map(queueOf)))
      void work(queue)
  }

  return {
    open(userId) {
      if (userId !== owner) {
        owner = userId
        waiting = JSON.parse(storage.getItem(placeOf(userId)) ?? '[]')
        for (const listener of listeners) listener()
      }
      wake()
    },
    put(message) {
      change([...waiting, { ...message, error: undefined }])
      void work(queueOf(message))
    },
    wake,
    retry(message, model) {
      const { key, error } = message
      // What may have been stored must come again as it was.
      if (error !== undefined && !isPassing(error)) patch(key, { model })
      void work(queueOf(message))
    },
    discard(key) {
      const discarded = waiting.find(message => message.key === key)
      change(waiting.filter(message => message.key !== key))
      if (discarded !== undefined) void work(queueOf(discarded))
    },
    all: () => waiting,
    subscribe(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
  }
}

/** The messages on their way, of all chats. */
export const useOutgoing = (outbox: Outbox): readonly Outgoing[] => useSyncExternalStore(outbox.subscribe, outbox.all)
