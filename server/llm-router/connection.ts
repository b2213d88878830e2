import { connect, isIP, type Socket } from 'node:net'
import { connect as connectSafely } from 'node:tls'
import type { ReadPace } from './generation-event.ts'
import { type ResponseHead, type ResponseListener, ResponseReader } from './read-response.ts'

/** Whom a connection tells how a request fares; one of the last two, once, is the last that it is told. */
export interface ExchangeListener extends ResponseListener {
  /**
   * One read was told. Undefined: the next is to come as soon as there is something; else it comes when this calls what
   * it is given.
   */
  readonly onRead: () => ReadPace['later'] | undefined
  readonly onEnd: () => void
  /** The error of the connection, or a `ResponseError`. */
  readonly onFailure: (error: unknown) => void
}

export interface ConnectionOptions {
  readonly url: URL
  /** Longest wait for the connection, the handshake of TLS included. */
  readonly connectMs: number
  /** Where reads go. Connections may share it: what is read is taken, or copied, before the next read. */
  readonly memory: Buffer
  /** Called whenever it may carry another request; the server keeps it for so long, where it says so. */
  readonly onFree: (keptForMs: number | undefined) => void
  /** Called at least once when it can carry nothing any more. */
  readonly onClosed: () => void
}

/** One connection to an HTTP/1.1 server; carries one exchange at a time. */
export class Connection {
  readonly #socket: Socket
  readonly #readOn: () => void
  readonly #onFree: ConnectionOptions['onFree']
  readonly #onClosed: ConnectionOptions['onClosed']
  #exchange: ExchangeListener | undefined
  #reader: ResponseReader | undefined
  #head: ResponseHead | undefined

  constructor({ url, connectMs, memory, onFree, onClosed }: ConnectionOptions) {
    const socket = open(url, memory, (bytes, length) => this.#read(bytes, length))
    const slow = setTimeout(() => this.#fail(withCode('CONNECT_TIMEOUT')), connectMs)
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(slow))
    socket.on('end', () => this.#ended())
    socket.on('error', error => this.#fail(error))
    socket.once('close', () => {
      clearTimeout(slow)
      this.#ended() // one that broke may have said nothing else
    })
    this.#socket = socket
    this.#readOn = () => socket.resume()
    this.#onFree = onFree
    this.#onClosed = onClosed
  }

  /** The request is what goes over the wire. Only while no other is under way. */
  send(request: string, exchange: ExchangeListener): void {
    this.#exchange = exchange
    this.#head = undefined
    this.#reader = new ResponseReader({
      onHead: head => {
        this.#head = head
        exchange.onHead(head)
      },
      onBody: exchange.onBody,
    })
    this.#socket.write(request)
  }

  /** Closes it at once. The exchange under way is told nothing. */
  destroy(): void {
    this.#exchange = undefined
    this.#reader?.stop()
    this.#socket.destroy()
    this.#onClosed()
  }

  /** Closes it at once. The exchange under way fails. */
  break(): void {
    this.#fail(withCode('CLIENT_CLOSED'))
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange
    this.destroy()
    exchange?.onFailure(error)
  }

  /** Whether the next read is to come as soon as there is something. */
  #read(bytes: Buffer, length: number): boolean {
    const reader = this.#reader
    if (this.#exchange === undefined || reader === undefined) {
      this.destroy() // nobody asked
      return true
    }
    try {
      const read = reader.push(bytes, length)
      // It may have been destroyed by whom that was told.
      const exchange: ExchangeListener | undefined = this.#exchange
      if (exchange === undefined) return true
      const later = exchange.onRead()
      if (!reader.over) return this.#goOn(later)
      this.#finish(read === length)
    } catch (error) {
      this.#fail(error)
    }
    return true
  }

  #goOn(later: ReadPace['later'] | undefined): boolean {
    later?.(this.#readOn)
    return later === undefined
  }

  /** The server sends no more. */
  #ended(): void {
    if (this.#exchange === undefined) {
      this.destroy()
      return
    }
    try {
      this.#reader?.close()
      this.#finish(false)
    } catch (error) {
      this.#fail(error)
    }
  }

  #finish(inStep: boolean): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    // A response may come before its request is sent: the rest of that would be taken for the next.
    const free = inStep && this.#head?.keepAlive === true && this.#socket.writableLength === 0
    if (free) this.#onFree(keptForMs(this.#head))
    else this.destroy()
    exchange?.onEnd()
  }
}

/** The socket, whose reads go through `memory`, where that is possible, without a buffer and a stream between. */
function open(url: URL, memory: Buffer, onBytes: (bytes: Buffer, length: number) => boolean): Socket {
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const address = { host, port: Number(url.port || (secure ? 443 : 80)), noDelay: true, keepAlive: true }
  if (secure) {
    // No name is sent for an address (RFC 6066, section 3).
    const socket = connectSafely({ ...address, servername: isIP(host) === 0 ? host : '', ALPNProtocols: ['http/1.1'] })
    return socket.on('data', (bytes: Buffer) => {
      if (!onBytes(bytes, bytes.length)) socket.pause()
    })
  }
  // False pauses the socket.
  const callback = (length: number) => onBytes(memory, length)
  return connect({ ...address, onread: { buffer: memory, callback } })
}

/** `Keep-Alive: timeout=5`, which most servers send. */
function keptForMs(head: ResponseHead | undefined): number | undefined {
  const seconds = /(?:^|[,;\s])timeout=(\d{1,6})/i.exec(head?.fields.get('keep-alive') ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}

const withCode = (code: string) => Object.assign(new Error('the connection was given up'), { code })
