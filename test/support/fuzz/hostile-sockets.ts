import { type Draft, type HostileInput, toSentRequest, type World, writeDraft } from './hostile-input.ts'
import { replaceHeader } from './hostile-requests.ts'
import { writeJson } from './json-text.ts'
import { pickWeighted, type Random } from './random.ts'
import { draftOf, pickRouteWithBody, targetOf, validRequest } from './valid-request.ts'

/** A body whose length or chunks are not what the head says. */
export function withHostileFraming(random: Random, world: World): HostileInput {
  const route = pickRouteWithBody(random, world)
  const body = Buffer.from(writeJson(route.body))
  const draft = draftOf(world, route, targetOf(random, world, route), body)
  const length = (value: string | undefined) => replaceHeader(draft, 'Content-Length', value)
  const chunked = (raw: string, coding = 'chunked'): Draft => ({
    ...replaceHeader(length(undefined), 'Transfer-Encoding', coding),
    body: Buffer.from(raw, 'latin1'),
  })
  const whole = `${body.length.toString(16)}\r\n${body.toString('latin1')}\r\n0\r\n\r\n`
  // A server may wait for the rest of what is too short; whoever ends their half has told it that none will come.
  const [ending, framed] = pickWeighted<readonly [HostileInput['ending'], Draft]>(random, [
    [4, () => ['wait', length(String(random.below(body.length)))]],
    [4, () => [gone(random), length(String(body.length + 1 + random.below(5_000)))]],
    [4, () => ['wait', length(random.pick(['-1', 'x', '1e2', '0x10', '99999999999999999999', '1,1', '+5']))]],
    [2, () => [gone(random), length(random.pick(['', ' ', `${body.length} `]))]],
    [2, () => ['wait', length(undefined)]],
    [3, () => ['wait', chunked(whole)]],
    [
      3,
      () => ['wait', chunked(`${Array.from(body, byte => `1\r\n${String.fromCharCode(byte)}\r\n`).join('')}0\r\n\r\n`)],
    ],
    [4, () => [gone(random), chunked(whole.slice(0, random.below(whole.length)))]],
    [
      4,
      () => [
        gone(random),
        chunked(`${random.pick(['zz', '-1', 'ffffffffffffffff', '', '0x5', '5;', '5 '])}\r\n${whole}`),
      ],
    ],
    [2, () => [gone(random), chunked(`${body.length.toString(16)};${'x'.repeat(random.below(20_000))}\r\n${whole}`)]],
    [2, () => ['wait', chunked(whole.replace('0\r\n\r\n', '0\r\nX-Trailer: y\r\nContent-Length: 5\r\n\r\n'))]],
    [
      2,
      () => [
        gone(random),
        chunked(whole, random.pick(['chunked, chunked', 'gzip', 'identity', 'gzip, chunked', 'chunked, x', ''])),
      ],
    ],
    [2, () => ['wait', { ...chunked(whole), headers: [...chunked(whole).headers, ['Content-Length', '3']] }]],
    [2, () => ['wait', { ...draft, headers: [...draft.headers, ['Content-Length', String(body.length + 1)]] }]],
  ])
  return {
    what: `framing ${JSON.stringify(framed.headers)} ${JSON.stringify(framed.body?.toString('latin1').slice(0, 200))}`,
    parts: [writeDraft(framed)],
    ending,
    requests: [toSentRequest(framed)],
    answersDue: 0,
  }
}

const gone = ({ pick }: Random) => pick(['half-close', 'half-close', 'reset'] as const)

/** Bytes that are no HTTP, requests in crumbs or many at once, and clients that leave. */
export function hostileSocket(random: Random, world: World): HostileInput {
  const request = () => validRequest(random, world)
  return pickWeighted<HostileInput>(random, [
    [6, () => ended('garbage', [garbage(random)], random)],
    [4, () => inCrumbs(random, request())],
    [4, () => pipelined(random, Array.from({ length: 2 + random.below(12) }, request))],
    [4, () => left('leaves in the middle', random, cut(random, writeDraft(request())))],
    [4, () => left('leaves before the answer', random, writeDraft(request()))],
    [2, () => ended('says nothing', [], random)],
    [
      2,
      () =>
        ended(
          'request, then garbage',
          [writeDraft(replaceHeader(request(), 'Connection', undefined)), garbage(random)],
          random,
        ),
    ],
  ])
}

function garbage(random: Random): Buffer {
  return pickWeighted(random, [
    [4, () => random.bytes(1 + random.below(300))],
    [1, () => Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1')], // the hello of TLS
    [1, () => Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
    [1, () => Buffer.from('GET / HTTP/9.9\r\n\r\n')],
    [1, () => Buffer.from('GET / HTTP/1.0\r\n\r\n')],
    [1, () => Buffer.from('GET /healthz\r\n\r\n')],
    [1, () => Buffer.from('\r\n'.repeat(random.below(5_000)))],
    [1, () => Buffer.from('A'.repeat(random.below(70_000)))],
    [1, () => Buffer.from(`GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(random.below(5_000))}`)],
    [1, () => Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')],
    [1, () => Buffer.from('PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\nGET / HTTP/1.1\r\n\r\n')],
  ])
}

const ended = (what: string, parts: readonly Buffer[], { pick }: Random): HostileInput => ({
  what: `${what} ${JSON.stringify(Buffer.concat(parts).toString('latin1').slice(0, 200))}`,
  parts,
  ending: pick(['half-close', 'reset']),
  requests: [],
  answersDue: 0,
})

/** Slow, but whole: it is answered like any other. */
function inCrumbs(random: Random, draft: Draft): HostileInput {
  const bytes = writeDraft(draft)
  const cuts = Array.from({ length: 1 + random.below(30) }, () => random.below(bytes.length)).sort((a, b) => a - b)
  const parts = [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at]))
  return {
    what: `in crumbs ${draft.method} ${draft.target}`,
    parts,
    ending: 'wait',
    requests: [toSentRequest(draft)],
    answersDue: 1,
  }
}

function pipelined(random: Random, drafts: readonly Draft[]): HostileInput {
  const kept = drafts.map((draft, at) =>
    at < drafts.length - 1 ? replaceHeader(draft, 'Connection', undefined) : draft,
  )
  const bytes = kept.map(writeDraft)
  return {
    what: `pipelined ${drafts.map(({ method, target }) => `${method} ${target}`).join(', ')}`,
    parts: random.chance(0.5) ? bytes : [Buffer.concat(bytes)],
    ending: 'wait',
    requests: drafts.map(toSentRequest),
    answersDue: drafts.length,
  }
}

const left = (what: string, { pick }: Random, bytes: Buffer): HostileInput => ({
  what: `${what} ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`,
  parts: [bytes],
  ending: pick(['half-close', 'reset']),
  requests: [],
  answersDue: 0,
})

const cut = ({ below }: Random, bytes: Buffer) => bytes.subarray(0, below(bytes.length))
