import { connect } from 'node:net'
import { answersLastFrame, type HostileWebSocket, lastFrame } from './hostile-websocket.ts'
import { type HttpAnswer, readAnswers } from './http-answers.ts'
import { opcodes, readFrames } from './websocket-frames.ts'

export interface SocketOutcome {
  /** That to the handshake. */
  readonly answer: HttpAnswer | undefined
  /** What the server said, each a JSON text. */
  readonly texts: readonly Buffer[]
  /** Undefined where the server sent no close frame; 1005 where it sent one without a code. */
  readonly closeCode: number | undefined
  /** Bytes that are neither HTTP nor frames, or no server at all. */
  readonly fault: string | undefined
  /** No answer to the last frame, no close frame and no end of the connection in time. */
  readonly hung: boolean
}

/** Does to the server at `port` what the hostile client does, and tells what came of it after at most `limitMs`. */
export function sendWebSocket(port: number, hostile: HostileWebSocket, limitMs = 5_000): Promise<SocketOutcome> {
  return new Promise(resolve => {
    let received = Buffer.alloc(0)
    let answer: HttpAnswer | undefined
    let closeCode: number | undefined
    let fault: string | undefined
    const texts: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const timer = setTimeout(() => finish(true), limitMs)

    function finish(hung: boolean): void {
      clearTimeout(timer)
      socket.resetAndDestroy()
      resolve({ answer, texts, closeCode, fault, hung })
    }

    function read(closed: boolean): void {
      if (answer === undefined) {
        answer = readAnswers(received, [hostile.method], closed)[0]
        if (answer === undefined) return
        if (answer.status !== 101) {
          finish(false)
          return
        }
        received = received.subarray(received.indexOf('\r\n\r\n') + 4)
        if (!hostile.eager) send(0)
      }
      const { frames, rest } = readFrames(received)
      received = Buffer.from(rest)
      for (const { opcode, payload } of frames) {
        if (opcode === opcodes.text) texts.push(payload)
        if (opcode === opcodes.close) closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE()
      }
      if (closeCode !== undefined || texts.some(answersLastFrame)) finish(false)
    }

    function send(at: number): void {
      const part = hostile.parts[at]
      if (part !== undefined) {
        socket.write(part, error => {
          if (!error) setImmediate(send, at + 1)
        })
        return
      }
      if (hostile.ending === 'last-frame') socket.write(lastFrame)
      else if (hostile.ending === 'half-close') socket.end()
      else finish(false)
    }

    socket.on('connect', () => {
      socket.write(hostile.handshake)
      if (hostile.eager) send(0)
    })
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      attempt(() => read(false))
    })
    socket.on('error', error => {
      if ('code' in error && error.code === 'ECONNREFUSED') fault = 'the server is gone'
    })
    socket.on('close', () => {
      attempt(() => read(true))
      finish(false)
    })

    function attempt(work: () => void): void {
      try {
        work()
      } catch (error) {
        fault = String(error)
        finish(false)
      }
    }
  })
}
