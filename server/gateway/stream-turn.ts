import type { FastifyReply } from 'fastify'
import type { TurnFeed } from '#chat'
import type { TurnEvent } from '#protocol'
import { encodeEvent } from './encode-event.ts'
import { createStreamedBody } from './streamed-body.ts'

/** A reader whose socket does not drain for so long is closed. */
const slowMs = 30_000
/** Proxies close streams that say nothing; a comment says something. */
const commentEveryMs = 15_000

/**
 * Answers with a turn's events as server-sent events, as they come, until the turn has ended or the reader is gone. All
 * that is new goes out in one write; while the socket is full nothing is kept for it but its place in the log. A reader
 * who leaves stops nothing.
 */
export function streamTurn(feed: TurnFeed, reply: FastifyReply): void {
  reply.hijack()
  const { raw } = reply
  // Gone before there was anything to tell: no event will say so any more.
  if (raw.destroyed) {
    feed.close()
    return
  }
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) raw.setHeader(name, value)
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  const body = createStreamedBody(raw)
  let slow: NodeJS.Timeout | undefined
  const comments = setInterval(() => slow ?? write(':\n\n'), commentEveryMs)

  function write(text: string): void {
    if (!body.write(text)) slow ??= setTimeout(reset, slowMs)
  }

  /** Not a mere close: the system would keep what was not read, and try to send it for minutes. */
  function reset(): void {
    raw.socket?.resetAndDestroy()
  }

  function flush(): void {
    if (slow !== undefined || raw.writableEnded) return
    const events = feed.take()
    if (!feed.ended) {
      if (events.length > 0) write(toFrames(events))
      return
    }
    body.together(() => {
      if (events.length > 0) write(toFrames(events))
      end()
    })
  }

  function end(): void {
    clearInterval(comments)
    feed.close()
    // What is still on its way must arrive within the same patience.
    slow ??= setTimeout(reset, slowMs)
    raw.end()
  }

  body.onDrain(() => {
    if (raw.writableEnded) return
    clearTimeout(slow)
    slow = undefined
    flush()
  })
  raw.on('close', () => {
    clearTimeout(slow)
    clearInterval(comments)
    feed.close()
  })
  feed.onNews(flush)
  body.together(() => {
    raw.flushHeaders()
    flush()
  })
}

/** Nearly always one. */
const toFrames = (events: readonly TurnEvent[]) =>
  events.length === 1 && events[0] ? toFrame(events[0]) : events.map(toFrame).join('')

function toFrame(event: TurnEvent): string {
  const id = event.type === 'status' ? '' : `id: ${event.seq}\n`
  return `${id}event: ${event.type}\ndata: ${encodeEvent(event)}\n\n`
}
