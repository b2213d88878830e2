import type { ServerResponse } from 'node:http'

/**
 * The body of a response that grows, a piece a system call. The response's own `write` makes four of each piece (its
 * length, line ends and the text), which costs the relay as much again (docs/benchmarks.md), so pieces are framed here,
 * as HTTP/1.1 wants them (RFC 9112, section 7.1), and go straight to the socket; the headers leave with the first piece,
 * the end with the last. A response that is not chunked (HTTP/1.0), or that waits for the one before it, goes the usual
 * way.
 */
export interface StreamedBody {
  /** False: the reader takes less than it is sent. */
  write(text: string): boolean
  /** Called when a reader who did not take all has taken it. */
  onDrain(listener: () => void): void
  /** What is written until `work` ends leaves together. */
  together(work: () => void): void
}

/** To be called after `writeHead`, and before anything else is written. */
export function createStreamedBody(response: ServerResponse): StreamedBody {
  const { socket } = response
  if (socket === null || !response.chunkedEncoding) {
    return {
      write: text => response.write(text),
      onDrain: listener => response.on('drain', listener),
      together: work => work(),
    }
  }
  return {
    write: text => socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`),
    onDrain(listener) {
      // The socket outlives the response: the next request on it has nothing to do with this one.
      socket.on('drain', listener)
      response.once('close', () => socket.off('drain', listener))
    },
    together(work) {
      socket.cork()
      work()
      socket.uncork()
    },
  }
}
