import { connect } from 'node:net'
import type { HostileInput } from './hostile-input.ts'
import { type HttpAnswer, readAnswers } from './http-answers.ts'

export interface Outcome {
  readonly answers: readonly HttpAnswer[]
  /** The last answer is not whole, or not all of the connection was HTTP. */
  readonly fault: string | undefined
  /** Neither answered nor closed in time. */
  readonly hung: boolean
}

/** Does to the server at `port` what the input says, and tells what came of it after at most `limitMs`. */
export function sendInput(port: number, input: HostileInput, limitMs = 5_000): Promise<Outcome> {
  const methods = input.requests.map(({ method }) => method)
  return new Promise(resolve => {
    let received = Buffer.alloc(0)
    let answers: readonly HttpAnswer[] = []
    let fault: string | undefined
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(() => finish(true), limitMs)

    function read(closed: boolean): void {
      try {
        answers = readAnswers(received, methods, closed)
      } catch (error) {
        fault = String(error)
      }
    }

    function finish(hung: boolean): void {
      clearTimeout(timer)
      socket.resetAndDestroy() // leaves no port waiting behind
      resolve({ answers, fault, hung })
    }

    /** Each part once the one before has left, so that they do not become one packet. */
    function send(at: number): void {
      const part = input.parts[at]
      if (part !== undefined) {
        socket.write(part, error => {
          if (!error) setImmediate(send, at + 1)
        })
      } else if (input.ending === 'half-close') {
        socket.end()
      } else if (input.ending === 'reset') {
        finish(false)
      }
    }

    socket.on('connect', () => send(0))
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      read(false)
      if (input.ending === 'wait' && answers.length >= Math.max(1, input.answersDue)) finish(false)
    })
    socket.on('error', error => {
      if ('code' in error && error.code === 'ECONNREFUSED') fault = 'the server is gone'
    })
    socket.on('close', () => {
      read(true)
      finish(false)
    })
  })
}
