import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { ForPeers, PeerFeed } from '#chat'
import type { Log } from '#kit'
import { createRequestSigner } from './sign-request.ts'

/** Answers the other processes on this database. */
export interface PeerServer {
  /** Listens on a free port of `host`, and returns the address under which others may reach it. */
  listen(host: string): Promise<string>
  close(): Promise<void>
}

export interface PeerServerDeps {
  readonly chat: ForPeers
  readonly secrets: readonly string[]
  readonly now: () => number
  readonly log: Log
}

/** Requests are a line and a few headers; whoever takes longer is no process of ours. */
const limits = { headersTimeout: 2_000, requestTimeout: 2_000, maxHeaderSize: 4_096 }
/** A follower that hears nothing for a few of these knows that nobody is there. */
const heartbeatMs = 1_000

/**
 * `GET /turns/{user}/{turn}?after=` streams events as lines of JSON, empty lines in between as a sign of life; 404 where
 * the turn does not run here. `POST /turns/{user}/{turn}/stop` and `POST /wake` answer 204. Whatever is not signed is
 * refused with 403 and nothing else.
 */
export function createPeerServer({ chat, secrets, now, log }: PeerServerDeps): PeerServer {
  const signer = createRequestSigner(secrets, now)
  const server = createServer(limits, (request, response) => {
    const { method = '', url = '' } = request
    if (!signer.verify(method, url, request.headers.authorization)) {
      response.setHeader('connection', 'close')
      answer(response, 403)
      return
    }
    obey(method, url, request, response).catch((error: unknown) => {
      log.error({ error }, 'a request of another process failed by a bug')
      response.destroy()
    })
  })

  async function obey(method: string, url: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(url, 'http://peer')
    const [, userId, turnId, stop] = /^\/turns\/(\d+)\/([\w-]+)(\/stop)?$/.exec(pathname) ?? []
    request.resume()
    if (method === 'POST' && pathname === '/wake') {
      chat.wake()
      answer(response, 204)
    } else if (userId === undefined || turnId === undefined) {
      answer(response, 404)
    } else if (method === 'POST' && stop !== undefined) {
      await chat.stop(userId, turnId)
      answer(response, 204)
    } else {
      const feed = stop === undefined ? chat.follow(userId, turnId, Number(searchParams.get('after'))) : undefined
      if (feed === undefined) answer(response, 404)
      else stream(feed, response)
    }
  }

  return {
    async listen(host) {
      // Workers of one cluster would share a port.
      server.listen({ port: 0, host, exclusive: true })
      await once(server, 'listening')
      const { address, port, family } = server.address() as AddressInfo
      const reached = isWildcard(address) ? (ownAddress() ?? '127.0.0.1') : address
      return `http://${family === 'IPv6' && reached.includes(':') ? `[${reached}]` : reached}:${port}`
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end()
}

/** Like any reader: a place in the log, and no queue. */
function stream(peer: PeerFeed, response: ServerResponse): void {
  const { feed } = peer
  let full = false
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()

  function flush(): void {
    if (full || response.writableEnded) return
    const lines = feed.take().map(event => `${JSON.stringify(event)}\n`)
    if (lines.length > 0) full = !response.write(lines.join(''))
    if (feed.ended || peer.lost) response.end()
  }

  const heartbeat = setInterval(() => {
    if (peer.lost) response.end()
    else if (!full && !response.writableEnded) response.write('\n')
  }, heartbeatMs)
  response.on('drain', () => {
    full = false
    flush()
  })
  response.on('close', () => {
    clearInterval(heartbeat)
    feed.close()
  })
  feed.onNews(flush)
  flush()
}

const isWildcard = (address: string) => address === '0.0.0.0' || address === '::'

/** The first by which other machines may know this one. */
const ownAddress = () =>
  Object.values(networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
