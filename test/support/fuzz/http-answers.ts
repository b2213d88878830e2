/** An answer as it came over a connection. */
export interface HttpAnswer {
  readonly status: number
  /** By their names in lower case; the last of several. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

/**
 * The whole answers that the bytes begin with; what follows them has not wholly arrived. `methods` are those of the
 * requests, in order, since an answer to HEAD has no body. Interim answers are left out. Throws where the bytes are not HTTP.
 */
export function readAnswers(bytes: Buffer, methods: readonly string[], closed: boolean): readonly HttpAnswer[] {
  const answers: HttpAnswer[] = []
  for (let at = 0; at < bytes.length; ) {
    const headEnd = bytes.indexOf('\r\n\r\n', at)
    if (headEnd < 0) break
    const [statusLine = '', ...lines] = bytes.toString('latin1', at, headEnd).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3})( |$)/.exec(statusLine)?.[1])
    if (Number.isNaN(status)) throw new Error(`no HTTP: ${JSON.stringify(statusLine.slice(0, 200))}`)
    const headers = new Map(
      lines.map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
    )
    const bodyAt = headEnd + 4
    const bodiless = status < 200 || status === 204 || status === 304 || methods[answers.length] === 'HEAD'
    const body = bodiless ? { content: Buffer.alloc(0), end: bodyAt } : readBody(bytes, bodyAt, headers, closed)
    if (body === undefined) break
    if (status >= 200 || status === 101) answers.push({ status, headers, body: body.content })
    at = body.end
  }
  return answers
}

interface ReadBody {
  readonly content: Buffer
  readonly end: number
}

/** Undefined as long as it has not wholly arrived. */
function readBody(bytes: Buffer, at: number, headers: HttpAnswer['headers'], closed: boolean): ReadBody | undefined {
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(bytes, at)
  const length = headers.get('content-length')
  if (length === undefined) return closed ? { content: bytes.subarray(at), end: bytes.length } : undefined
  const end = at + Number(length)
  return bytes.length < end ? undefined : { content: bytes.subarray(at, end), end }
}

function readChunks(bytes: Buffer, start: number): ReadBody | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const length = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (Number.isNaN(length)) throw new Error('a chunk without a length')
    at = lineEnd + 2 + length + 2
    if (bytes.length < at) return undefined
    if (length === 0) return { content: Buffer.concat(chunks), end: at }
    chunks.push(bytes.subarray(lineEnd + 2, at - 2))
  }
}
