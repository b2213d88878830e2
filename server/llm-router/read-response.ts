/** What stands before a response's body. */
export interface ResponseHead {
  readonly status: number
  /** By their names in lower case; fields of one name are joined by ", ". */
  readonly fields: ReadonlyMap<string, string>
  /** The connection can carry another response behind this one. */
  readonly keepAlive: boolean
}

/** Whom a reader tells what it reads, synchronously, while it is pushed to. */
export interface ResponseListener {
  readonly onHead: (head: ResponseHead) => void
  /** Takes a part of the body, in the memory that was pushed: it must be read, or copied, before the call returns. */
  readonly onBody: (bytes: Buffer) => void
}

/** What came is no HTTP, or was cut. Its `code` is fit for a log; nothing of what came is in it. */
export class ResponseError extends Error {
  readonly code: 'BAD_RESPONSE' | 'CLOSED_EARLY'
  constructor(code: ResponseError['code'], message: string) {
    super(message)
    this.name = 'ResponseError'
    this.code = code
  }
}

/** Most bytes of a head with those of 1xx before it, of a chunk's extensions, of the trailers. */
const mostHeadBytes = 65_536
/** 256 MiB in one chunk are more than any engine sends. */
const mostSizeDigits = 7

/**
 * Reads one HTTP/1.1 response (RFC 9112) to a POST out of bytes that may be cut anywhere. The body is handed on in place,
 * not copied. Strict: where two readers could disagree about where a response ends, it is an error, since what comes
 * next on the connection would then be taken for another's answer.
 */
export class ResponseReader {
  readonly #listener: ResponseListener
  #state: 'head' | 'size' | 'size end' | 'data' | 'data end' | 'trailers' | 'counted' | 'until close' | 'over' = 'head'
  #bytes: Buffer = nothing
  #place = 0
  /** Of the chunk, or of the body, that is being read. */
  #left = 0
  #digits = 0
  /** A line that has begun, and what all lines so far came to. */
  #line = ''
  #headBytes = 0
  #startLine: RegExpExecArray | undefined
  #fields = new Map<string, string>()

  constructor(listener: ResponseListener) {
    this.#listener = listener
  }

  /** The response was read to its end, or its reader was stopped. */
  get over(): boolean {
    return this.#state === 'over'
  }

  /** Takes the first `length` of `bytes`; returns how many of them belong to this response. Throws `ResponseError`. */
  push(bytes: Buffer, length: number): number {
    this.#bytes = bytes
    this.#place = 0
    while (this.#place < length && this.#state !== 'over') this.#step(length)
    return this.#place
  }

  /** The connection was closed. Throws `ResponseError` where that is not the response's end. */
  close(): void {
    if (this.#state === 'until close') this.#state = 'over'
    else if (this.#state !== 'over') throw new ResponseError('CLOSED_EARLY', 'the connection was closed too early')
  }

  /** Tells nothing more. */
  stop(): void {
    this.#state = 'over'
  }

  #step(length: number): void {
    switch (this.#state) {
      case 'data':
      case 'counted':
        this.#readBody(Math.min(this.#left, length - this.#place))
        return
      case 'until close':
        this.#readBody(length - this.#place)
        return
      case 'size':
        this.#readSize(length)
        return
      case 'size end':
      case 'data end':
      case 'head':
      case 'trailers': {
        const line = this.#readLine(length)
        if (line !== undefined) this.#heedLine(line)
        return
      }
      case 'over':
    }
  }

  #readBody(count: number): void {
    const from = this.#place
    this.#place += count
    this.#left -= count
    if (this.#left === 0 && this.#state !== 'until close') this.#state = this.#state === 'data' ? 'data end' : 'over'
    this.#listener.onBody(this.#bytes.subarray(from, this.#place))
  }

  #readSize(length: number): void {
    for (; this.#place < length; this.#place++) {
      const digit = hexDigit(this.#bytes[this.#place] ?? 0)
      if (digit === -1) {
        if (this.#digits === 0) throw badResponse('a chunk without a size')
        this.#state = 'size end'
        return
      }
      this.#digits += 1
      if (this.#digits > mostSizeDigits) throw badResponse('a chunk too large')
      this.#left = this.#left * 16 + digit
    }
  }

  /** The rest of the line, without its end; undefined while that has not come. */
  #readLine(length: number): string | undefined {
    const from = this.#place
    // Nearly every line is the empty rest of a chunk's: looked at without a call into the runtime.
    if (this.#line === '' && this.#bytes[from] === carriageReturn && this.#bytes[from + 1] === lineFeed) {
      if (from + 1 < length) {
        this.#place += 2
        return ''
      }
    }
    const found = this.#bytes.indexOf(lineFeed, from)
    const end = found === -1 || found >= length ? length : found + 1
    this.#place = end
    this.#headBytes += end - from
    if (this.#headBytes > mostHeadBytes) throw badResponse('too much before or around the body')
    const line = this.#line + this.#bytes.toString('latin1', from, end)
    if (!line.endsWith('\n')) {
      this.#line = line
      return undefined
    }
    this.#line = ''
    if (!line.endsWith('\r\n')) throw badResponse('a line without its CR')
    return line.slice(0, -2)
  }

  #heedLine(line: string): void {
    switch (this.#state) {
      case 'size end':
        if (line !== '' && !/^[\t ]*;/.test(line)) throw badResponse('a chunk whose size is no number')
        this.#state = this.#left === 0 ? 'trailers' : 'data'
        return
      case 'data end':
        if (line !== '') throw badResponse('a chunk longer than its size')
        this.#beginChunk()
        return
      case 'trailers':
        if (line === '') this.#state = 'over'
        return
      default:
        if (this.#startLine === undefined) this.#startLine = readStartLine(line)
        else if (line !== '') this.#addField(line)
        else this.#endHead(this.#startLine)
    }
  }

  #addField(line: string): void {
    const [, name, value] = /^([!#$%&'*+\-.^_`|~\w]+):[\t ]*([\t\x20-\x7e\x80-\xff]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw badResponse('a header that is none')
    const key = name.toLowerCase()
    const before = this.#fields.get(key)
    this.#fields.set(key, before === undefined ? value.trimEnd() : `${before}, ${value.trimEnd()}`)
  }

  #endHead([, minor, code]: RegExpExecArray): void {
    const status = Number(code)
    const fields = this.#fields
    if (status === 101) throw badResponse('a protocol that nobody asked for')
    if (status < 200) {
      this.#startLine = undefined
      this.#fields = new Map()
      return
    }
    const framing = framingOf(status, fields, minor === '1')
    const closes =
      minor === '0' || framing === 'until close' || /(^|,)\s*close\s*(,|$)/i.test(fields.get('connection') ?? '')
    if (framing === 'chunked') this.#beginChunk()
    else if (framing === 'until close') this.#state = framing
    else {
      this.#left = framing
      this.#state = framing === 0 ? 'over' : 'counted'
    }
    this.#listener.onHead({ status, fields, keepAlive: !closes })
  }

  #beginChunk(): void {
    this.#left = 0
    this.#digits = 0
    this.#headBytes = 0
    this.#state = 'size'
  }
}

const nothing = Buffer.alloc(0)
const lineFeed = 0x0a
const carriageReturn = 0x0d

const badResponse = (what: string) => new ResponseError('BAD_RESPONSE', `not HTTP: ${what}`)

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  const lower = unit | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

function readStartLine(line: string): RegExpExecArray {
  const read = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(line)
  if (read === null) throw badResponse('another start')
  return read
}

/** How long the body is (RFC 9112, section 6.3). */
function framingOf(
  status: number,
  fields: ReadonlyMap<string, string>,
  maybeChunked: boolean,
): number | 'chunked' | 'until close' {
  if (status === 204 || status === 304) return 0
  const coding = fields.get('transfer-encoding')
  const lengths = fields.get('content-length')
  if (coding !== undefined) {
    const sure = maybeChunked && lengths === undefined && coding.toLowerCase() === 'chunked'
    if (!sure) throw badResponse('no telling how long the body is')
    return 'chunked'
  }
  if (lengths === undefined) return 'until close'
  const [first = '', ...others] = lengths.split(/[\t ]*,[\t ]*/)
  if (!/^\d{1,15}$/.test(first) || others.some(other => other !== first)) throw badResponse('two lengths, or none')
  return Number(first)
}
