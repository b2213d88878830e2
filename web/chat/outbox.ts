import { useSyncExternalStore } from 'react'
import type { RequestError } from '../api/request.ts'

/** A message that the server has not acknowledged. */
export interface Outgoing {
  /** Its idempotency key: sent again under it, it is stored once. */
  readonly key: string
  /** Undefined while the conversation itself is being made. */
  readonly conversationId: string | undefined
  readonly content: string
  /** Undefined: below the leaf. */
  readonly parentId: string | null | undefined
  readonly model: string | undefined
  /** Undefined while it is on its way. */
  readonly error: RequestError | undefined
}

/** Messages on their way, and those that could not be sent: shown in their chat until they are stored or taken back. */
let waiting: readonly Outgoing[] = []
const listeners = new Set<() => void>()

function change(next: readonly Outgoing[]): void {
  waiting = next
  for (const listener of listeners) listener()
}

export const putOutgoing = (message: Outgoing): void =>
  change([...waiting.filter(({ key }) => key !== message.key), message])

export const takeOutgoing = (taken: string): void => change(waiting.filter(({ key }) => key !== taken))

const subscribe = (changed: () => void) => {
  listeners.add(changed)
  return () => listeners.delete(changed)
}

/** Those of a chat; undefined: of the one that is only being begun. */
export function useOutgoing(conversationId: string | undefined): readonly Outgoing[] {
  return useSyncExternalStore(subscribe, () => waiting).filter(message => message.conversationId === conversationId)
}
