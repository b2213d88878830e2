import { changed, hostileBody } from './hostile-body.ts'
import type { World } from './hostile-input.ts'
import { type JsonText, toJsonText, writeJson } from './json-text.ts'
import { pickWeighted, type Random } from './random.ts'
import { opcodes, type WireFrame, writeFrame } from './websocket-frames.ts'

export interface HostileFrames {
  readonly what: string
  readonly bytes: Buffer
  readonly count: number
}

/** A few frames, or something in their place. */
export function hostileFrames(random: Random, world: World): HostileFrames {
  return pickWeighted<HostileFrames>(random, [
    [50, () => one(random, opcodes.text, hostileBody(random, validFrame(random, world)))],
    [15, () => one(random, opcodes.text, Buffer.from(writeJson(validFrame(random, world))))],
    [6, () => fragments(random, Buffer.from(writeJson(changed(random, validFrame(random, world)))))],
    [4, () => one(random, opcodes.binary, random.bytes(random.below(300)))],
    [1, () => one(random, opcodes.text, random.bytes(random.below(300)))],
    [3, () => one(random, random.pick([opcodes.ping, opcodes.pong]), random.bytes(random.below(126)))],
    [2, () => flood(random)],
    [2, () => wrongFrame(random)],
    [1, () => tooLarge(random)],
    [1, () => closing(random)],
    [1, () => ({ what: 'garbage', bytes: random.bytes(10 + random.below(500)), count: 1 })],
  ])
}

/** Something that a client with manners may send. */
function validFrame(random: Random, world: World): JsonText {
  const { conversation, turn } = random.pick([...world.own, world.strange]) ?? world.strange
  return toJsonText(
    random.pick([
      { conversation_id: conversation, content: 'Hello', ref: 'a' },
      {
        type: 'message',
        conversation_id: conversation,
        content: 'Hello',
        model: 'gpt-4',
        parent_id: null,
        idempotency_key: 'a',
      },
      { conversation_id: conversation, content: 'Hello', temperature: 0.5, max_tokens: 100, ref: 1 },
      { type: 'follow', turn_id: turn, after: 1 },
      { type: 'follow', turn_id: turn },
      { type: 'stop', turn_id: turn },
      { type: 'ping', ref: 'a' },
    ]),
  )
}

function one(random: Random, opcode: number, payload: Buffer): HostileFrames {
  return written(`${opcode} ${JSON.stringify(payload.toString('latin1', 0, 150))}`, [
    { opcode, payload, mask: random.bytes(4) },
  ])
}

const written = (what: string, frames: readonly WireFrame[]): HostileFrames => ({
  what,
  bytes: Buffer.concat(frames.map(writeFrame)),
  count: frames.length,
})

/** A message in pieces, which may fall into the middle of a character, with pings between them. */
function fragments(random: Random, payload: Buffer): HostileFrames {
  const size = 1 + random.below(1 + payload.length)
  const pieces = Math.min(40, Math.ceil(payload.length / size) || 1)
  const frames = Array.from(
    { length: pieces },
    (_, at): WireFrame => ({
      opcode: at === 0 ? opcodes.text : opcodes.continuation,
      payload: payload.subarray(at * size, at === pieces - 1 ? undefined : (at + 1) * size),
      final: at === pieces - 1,
      mask: random.bytes(4),
    }),
  )
  const ping = { opcode: opcodes.ping, payload: Buffer.from('x'), mask: random.bytes(4) }
  const withPings = random.chance(0.5) ? frames : frames.flatMap(frame => [frame, ping])
  return written(`${pieces} fragments ${payload.toString('latin1').slice(0, 100)}`, withPings)
}

/** More than a hundred at once are too many. */
function flood(random: Random): HostileFrames {
  const frame = random.pick<WireFrame>([
    { opcode: opcodes.ping, payload: Buffer.alloc(125) },
    { opcode: opcodes.pong, payload: Buffer.alloc(0) },
    { opcode: opcodes.text, payload: Buffer.from('{"type":"ping"}') },
    { opcode: opcodes.text, payload: Buffer.from('{}') },
    { opcode: opcodes.close, payload: Buffer.alloc(0) },
    { opcode: opcodes.binary, payload: Buffer.alloc(0) },
  ])
  const frames = Array.from({ length: 10 + random.below(150) }, () => ({ ...frame, mask: random.bytes(4) }))
  return written(`${frames.length} frames of opcode ${frame.opcode}`, frames)
}

/** What RFC 6455 forbids. */
function wrongFrame(random: Random): HostileFrames {
  const [mask, payload] = [random.bytes(4), Buffer.from('{"type":"ping"}')]
  const frame = random.pick<WireFrame>([
    { opcode: opcodes.text, payload },
    { opcode: random.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload, mask },
    { opcode: opcodes.text, payload, mask, reserved: 1 + random.below(7) },
    { opcode: opcodes.continuation, payload, mask },
    { opcode: opcodes.ping, payload, mask, final: false },
    { opcode: opcodes.ping, payload: Buffer.alloc(126 + random.below(1_000)), mask },
    { opcode: opcodes.text, payload, mask, final: false },
    { opcode: opcodes.text, payload: Buffer.from([0xed, 0xa0, 0x80]), mask },
  ])
  return written(
    `wrong ${JSON.stringify({ ...frame, payload: frame.payload.length, mask: frame.mask !== undefined })}`,
    [frame],
  )
}

/** Larger than 1 MiB: by its word alone, as a whole, or in the sum of its fragments. */
function tooLarge(random: Random): HostileFrames {
  const mask = random.bytes(4)
  const half = Buffer.alloc(600_000, ' ')
  const frames = random.pick<readonly WireFrame[]>([
    [{ opcode: opcodes.text, payload: Buffer.alloc(0), mask, claimedLength: 1_048_577n }],
    [{ opcode: opcodes.text, payload: Buffer.alloc(0), mask, claimedLength: 2n ** 63n - 1n }],
    [{ opcode: opcodes.binary, payload: Buffer.alloc(0), mask, claimedLength: 2n ** 64n - 1n }],
    [{ opcode: opcodes.text, payload: Buffer.alloc(1_048_577, 'x'), mask }],
    [
      { opcode: opcodes.text, payload: half, mask, final: false },
      { opcode: opcodes.continuation, payload: half, mask },
    ],
  ])
  return written('too large', frames)
}

function closing(random: Random): HostileFrames {
  const codes = [0, 999, 1000, 1004, 1005, 1006, 1015, 2999, 3000, 4401, 5000, 65_535]
  const code = Buffer.alloc(2)
  code.writeUInt16BE(random.pick(codes) ?? 0)
  const payload = random.pick([
    Buffer.alloc(0),
    Buffer.alloc(1),
    code,
    Buffer.concat([code, Buffer.from('bye')]),
    Buffer.concat([code, Buffer.from([0xff])]),
    Buffer.alloc(125),
  ])
  return written(`close ${payload.toString('hex').slice(0, 20)}`, [
    { opcode: opcodes.close, payload, mask: random.bytes(4) },
  ])
}
