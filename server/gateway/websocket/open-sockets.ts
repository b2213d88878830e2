import { closeCode } from './close-code.ts'
import type { Connection } from './connection.ts'

/** The open sockets of this process. */
export interface WebSockets {
  openSockets(): number
  /**
   * For the time in which running answers may still end: closes every socket with 1013, at once where it follows nothing,
   * else after its last turn has ended; new ones right after they opened.
   */
  drain(): void
  /** Closes all with 1013 and waits until they are gone. Called when the server stops. Turns go on. */
  closeAll(): Promise<void>
}

/** The same, for who opens them. */
export interface OpenSockets extends WebSockets {
  readonly draining: boolean
  /** Sockets of one user. */
  of(userId: string): number
  /** Keeps a socket until it is closed. */
  add(userId: string, connection: Connection): void
}

export function createOpenSockets(): OpenSockets {
  const open = new Set<Connection>()
  const socketsOf = new Map<string, number>()
  let draining = false

  function count(userId: string, change: 1 | -1): void {
    const sockets = (socketsOf.get(userId) ?? 0) + change
    if (sockets === 0) socketsOf.delete(userId)
    else socketsOf.set(userId, sockets)
  }

  return {
    openSockets: () => open.size,
    get draining() {
      return draining
    },
    of: userId => socketsOf.get(userId) ?? 0,
    add(userId, connection) {
      open.add(connection)
      count(userId, 1)
      void connection.closed.then(() => {
        open.delete(connection)
        count(userId, -1)
      })
    },
    drain() {
      draining = true
      for (const connection of open) connection.endWhenIdle(closeCode.tryAgainLater, 'draining')
    },
    async closeAll() {
      draining = true
      for (const connection of open) connection.end(closeCode.tryAgainLater, 'draining')
      await Promise.all([...open].map(({ closed }) => closed))
    },
  }
}
