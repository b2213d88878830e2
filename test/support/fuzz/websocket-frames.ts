/** One frame on the wire (RFC 6455, 5.2), right or wrong. */
export interface WireFrame {
  readonly opcode: number
  readonly payload: Buffer
  /** The last of its message; true unless said. */
  readonly final?: boolean
  /** The three reserved bits. */
  readonly reserved?: number
  /** Undefined: not masked, which only servers may. */
  readonly mask?: Buffer | undefined
  /** Instead of the payload's own. */
  readonly claimedLength?: bigint
}

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export function writeFrame({ opcode, payload, final = true, reserved = 0, mask, claimedLength }: WireFrame): Buffer {
  const length = claimedLength ?? BigInt(payload.length)
  const first = (final ? 0x80 : 0) | (reserved << 4) | opcode
  const masked = mask === undefined ? 0 : 0x80
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10)
  head[0] = first
  if (length < 126n) {
    head[1] = masked | Number(length)
  } else if (length < 65_536n) {
    head[1] = masked | 126
    head.writeUInt16BE(Number(length), 2)
  } else {
    head[1] = masked | 127
    head.writeBigUInt64BE(length, 2)
  }
  if (mask === undefined) return Buffer.concat([head, payload])
  const hidden = Buffer.from(payload)
  for (let at = 0; at < hidden.length; at++) hidden[at] = (hidden[at] ?? 0) ^ (mask[at % 4] ?? 0)
  return Buffer.concat([head, mask, hidden])
}

export interface ReadFrames {
  readonly frames: readonly Pick<WireFrame, 'opcode' | 'payload'>[]
  /** Bytes of a frame that has not wholly arrived. */
  readonly rest: Buffer
}

/** The whole frames that the bytes from a server begin with. Throws where a frame is masked, in pieces, or has reserved bits. */
export function readFrames(bytes: Buffer): ReadFrames {
  const frames: { opcode: number; payload: Buffer }[] = []
  let at = 0
  while (bytes.length >= at + 2) {
    const [first, second] = [bytes.readUInt8(at), bytes.readUInt8(at + 1)]
    if ((first & 0xf0) !== 0x80 || second >= 0x80)
      throw new Error(`no frame of a server: ${bytes.toString('hex', at, at + 20)}`)
    const extended = second === 126 ? 2 : second === 127 ? 8 : 0
    if (bytes.length < at + 2 + extended) break
    const length =
      extended === 0 ? second : extended === 2 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
    const start = at + 2 + extended
    if (bytes.length < start + length) break
    frames.push({ opcode: first & 0x0f, payload: bytes.subarray(start, start + length) })
    at = start + length
  }
  return { frames, rest: bytes.subarray(at) }
}
