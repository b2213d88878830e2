import { Connection, type ExchangeListener } from './connection.ts'

/** Connections to HTTP/1.1 servers, kept from one request to the next. */
export interface KeptConnections {
  /**
   * Sends a request, as it goes over the wire, to the origin of `url`. It fails where a kept connection turns out to have
   * been closed meanwhile: whether it may be sent again is not known here.
   */
  send(url: URL, request: string, listener: ExchangeListener): Exchange
  /** Closes every connection; what is under way fails. */
  close(): void
}

export interface Exchange {
  /** Closes the connection at once. Nothing is told any more. */
  destroy(): void
}

export interface KeptConnectionsOptions {
  /** Longest wait for a connection, the handshake of TLS included. */
  readonly connectMs: number
}

/** How long a connection is kept without use where its server does not say. */
const usualKeepMs = 4_000
const longestKeepMs = 60_000
/** So much before the server closes it: a request on its way to a closing connection is lost. */
const earlierMs = 1_000
const readBytes = 65_536

export function createKeptConnections({ connectMs }: KeptConnectionsOptions): KeptConnections {
  const memory = Buffer.allocUnsafeSlow(readBytes)
  const open = new Set<Connection>()
  /** By origin; the one that was used last stands last. */
  const idle = new Map<string, Idle[]>()

  function takeIdle(origin: string): Connection | undefined {
    const taken = idle.get(origin)?.pop()
    clearTimeout(taken?.expiry)
    return taken?.connection
  }

  function keep(origin: string, connection: Connection, serverKeepsMs: number | undefined): void {
    const forMs = serverKeepsMs === undefined ? usualKeepMs : Math.min(serverKeepsMs - earlierMs, longestKeepMs)
    if (forMs <= 0) {
      connection.destroy()
      return
    }
    const kept = idle.get(origin) ?? []
    kept.push({ connection, expiry: setTimeout(() => connection.destroy(), forMs) })
    idle.set(origin, kept)
  }

  function forget(origin: string, connection: Connection): void {
    open.delete(connection)
    const kept = idle.get(origin) ?? []
    const place = kept.findIndex(one => one.connection === connection)
    if (place !== -1) for (const { expiry } of kept.splice(place, 1)) clearTimeout(expiry)
    if (kept.length === 0) idle.delete(origin)
  }

  function connect(url: URL): Connection {
    const { origin } = url
    const connection: Connection = new Connection({
      url,
      connectMs,
      memory,
      onFree: keptForMs => keep(origin, connection, keptForMs),
      onClosed: () => forget(origin, connection),
    })
    open.add(connection)
    return connection
  }

  return {
    send(url, request, listener) {
      const connection = takeIdle(url.origin) ?? connect(url)
      connection.send(request, listener)
      return connection
    },
    close() {
      for (const connection of [...open]) connection.break()
    },
  }
}

interface Idle {
  readonly connection: Connection
  readonly expiry: NodeJS.Timeout
}
