import { hostileFrames } from './hostile-frames.ts'
import { type Draft, type Header, type World, writeDraft } from './hostile-input.ts'
import { pickWeighted, type Random, randomOf } from './random.ts'
import { opcodes, writeFrame } from './websocket-frames.ts'

/** What a client that means no good does with one WebSocket. */
export interface HostileWebSocket {
  /** For whoever looks into a failure. */
  readonly what: string
  readonly handshake: Buffer
  /** That of the handshake. */
  readonly method: string
  /** Nothing forbids to open the socket. */
  readonly opens: boolean
  /** It does not wait for the answer to the handshake. */
  readonly eager: boolean
  readonly parts: readonly Buffer[]
  /** Frames in the parts, as far as they are frames. */
  readonly frameCount: number
  /** After all parts: a last frame, whose answer is waited for; or it ends its half, or is gone. */
  readonly ending: 'last-frame' | 'half-close' | 'reset'
}

/** Socket `index` of the run with this seed. The same again for the same world. */
export function hostileWebSocket(seed: string, index: number, world: World): HostileWebSocket {
  const random = randomOf(`${seed}:socket:${index}`)
  const [what, draft] = random.chance(0.9)
    ? (['', validHandshake(random, world)] as const)
    : hostileHandshake(random, world)
  const opens = what === ''
  const frames = Array.from({ length: 1 + random.below(12) }, () => hostileFrames(random, world))
  const cut = random.chance(0.1)
  const bytes = frames.map(frame => frame.bytes)
  return {
    what: [what || 'frames', ...frames.map(frame => frame.what), ...(cut ? ['cut'] : [])].join('; '),
    handshake: writeDraft(draft),
    method: draft.method,
    opens,
    eager: random.chance(0.1),
    parts: cut
      ? [...bytes.slice(0, -1), cutShort(random, bytes.at(-1) ?? lastFrame)]
      : random.chance(0.2)
        ? [Buffer.concat(bytes)]
        : bytes,
    frameCount: frames.reduce((sum, frame) => sum + frame.count, 0),
    // A server waits for the rest of a frame, which would be the last one.
    ending: cut
      ? random.pick(['half-close', 'reset'])
      : random.pick(['last-frame', 'last-frame', 'last-frame', 'last-frame', 'half-close', 'reset']),
  }
}

const lastRef = 'the last of all'

/** Refused with its `ref`: a server that is fine says so after it has seen to all that came before. */
export const lastFrame = writeFrame({
  opcode: opcodes.text,
  payload: Buffer.from(JSON.stringify({ type: 'last', ref: lastRef })),
  mask: Buffer.alloc(4),
})

export const answersLastFrame = (text: Buffer): boolean => text.includes(lastRef)

const cutShort = ({ below }: Random, bytes: Buffer) => bytes.subarray(0, below(bytes.length))

function validHandshake(random: Random, world: World): Draft {
  const bySubprotocol = random.chance(0.2)
  return {
    method: 'GET',
    target: '/api/v1/ws',
    headers: [
      ['Host', world.host],
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', random.bytes(16).toString('base64')],
      bySubprotocol
        ? ['Sec-WebSocket-Protocol', `parley.v1, bearer.${world.key}`]
        : ['Authorization', `Bearer ${world.key}`],
    ],
    body: undefined,
  }
}

function hostileHandshake(random: Random, world: World): readonly [what: string, Draft] {
  const valid = validHandshake(random, world)
  const put = (name: string, value: string | undefined): Draft => ({
    ...valid,
    headers: valid.headers.flatMap((header): readonly Header[] => {
      if (header[0] !== name) return [header]
      return value === undefined ? [] : [[name, value]]
    }),
  })
  const add = (name: string, value: string): Draft => ({ ...valid, headers: [...valid.headers, [name, value]] })
  const draft = pickWeighted<Draft>(random, [
    [
      3,
      () => put('Sec-WebSocket-Key', random.pick([undefined, '', 'x', 'x'.repeat(9_000), '\xff', 'dGhl IHNhbXBsZQ=='])),
    ],
    [3, () => put('Sec-WebSocket-Version', random.pick([undefined, '', '8', '14', '-1', 'x', '13, 13']))],
    [3, () => put('Upgrade', random.pick(['WebSocket', 'websocket, h2c', 'h2c', 'x', '']))],
    [2, () => put('Connection', random.pick(['keep-alive', 'close', 'Upgrade, Upgrade', '']))],
    [3, () => put('Authorization', random.pick([undefined, '', 'Bearer', 'Bearer x', `Bearer ${'x'.repeat(9_000)}`]))],
    [3, () => add('Sec-WebSocket-Protocol', random.pick(protocols))],
    [3, () => add('Sec-WebSocket-Extensions', random.pick(extensions))],
    [2, () => add('Origin', random.pick(['https://evil.example', 'null', '', '\xff', `http://${world.host}`]))],
    [2, () => ({ ...valid, method: random.pick(['POST', 'PUT', 'HEAD', 'OPTIONS']) })],
    [
      2,
      () => ({
        ...valid,
        target: `/api/v1/ws${random.pick(['/', '?key=x', '/..', '%00', '#x', '%2f', `?${'x'.repeat(5_000)}`])}`,
      }),
    ],
    [1, () => ({ ...valid, target: random.pick(['/', '/api/v1/models', '/docs', '/healthz']) })],
    [1, () => add('Content-Length', '5')],
  ])
  return [
    `handshake ${draft.method} ${draft.target.slice(0, 100)} ${JSON.stringify(draft.headers).slice(0, 500)}`,
    draft,
  ]
}

const protocols = [
  '',
  ',',
  'x',
  'parley.v1',
  'parley.v1,parley.v1',
  'bearer.x',
  'parley.v1, bearer.',
  'a b',
  '__proto__',
  '\xff',
  'x,'.repeat(500),
] as const

const extensions = [
  ...(['permessage-deflate', 'permessage-deflate; server_max_window_bits=99', 'x', ',', ';', '__proto__'] as const),
  ...(['permessage-deflate; client_max_window_bits="8', 'x; y="\\', 'permessage-deflate,'.repeat(300)] as const),
] as const
