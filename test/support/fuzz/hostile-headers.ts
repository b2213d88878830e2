import { type Draft, type Header, type HostileInput, singleInput, type World } from './hostile-input.ts'
import { replaceHeader } from './hostile-requests.ts'
import { hostileStrings } from './hostile-values.ts'
import { pickWeighted, type Random } from './random.ts'
import { validRequest } from './valid-request.ts'

/** A request whose headers are odd, many, huge or twice there. */
export function withHostileHeaders(random: Random, world: World): HostileInput {
  const valid = validRequest(random, world)
  const draft = pickWeighted<Draft>(random, [
    [30, () => add(valid, [known(random), legalValue(random)])],
    [10, () => replaceHeader(valid, 'Authorization', authorization(random, world))],
    [10, () => replaceHeader(valid, 'Content-Type', random.chance(0.1) ? undefined : random.pick(types))],
    [6, () => add(valid, twice(random, 'Authorization'), twice(random, 'Authorization'))],
    [6, () => add(valid, ...(random.pick([...valid.headers].map(header => [header])) ?? []))],
    [4, () => add(valid, ...many(1 + random.below(300), random))],
    [
      6,
      () =>
        replaceHeader(valid, 'Host', random.pick([undefined, '', 'evil.example', 'a b', '[::1', 'x:99999', '/', '@'])),
    ],
    [
      6,
      () =>
        add(
          valid,
          ['Upgrade', random.pick(['websocket', 'h2c', 'TLS/1.0', '', 'x'.repeat(500)])],
          ['Connection', 'Upgrade'],
        ),
    ],
    [4, () => add(valid, ['Expect', random.pick(['100-continue', '200-ok', '', '100-continue, x'])])],
    [3, () => add(valid, ['Content-Encoding', random.pick(['gzip', 'br', 'identity', '\xff'])])],
    [3, () => add(valid, [known(random), 'x'.repeat(random.below(40_000))])],
    [5, () => add(valid, [known(random), illegalValue(random)])],
    [3, () => add(valid, [random.pick(['', ' ', 'a b', 'a:b', '\xff', '__proto__', 'constructor', '(', 'a\0']), 'x'])],
  ])
  return singleInput(`headers ${JSON.stringify(draft.headers).slice(0, 600)}`, draft, isPlain(draft) ? 1 : 0)
}

const add = (draft: Draft, ...headers: readonly Header[]): Draft => ({
  ...draft,
  headers: [...draft.headers, ...headers],
})

const known = ({ pick }: Random) =>
  pick([
    ...(['Idempotency-Key', 'Last-Event-ID', 'Prefer', 'Accept', 'Cookie', 'Origin', 'Referer', 'User-Agent'] as const),
    ...(['X-Forwarded-For', 'X-Forwarded-Host', 'X-Forwarded-Proto', 'Forwarded', 'X-Request-Id', 'Via'] as const),
    ...([
      'Accept-Version',
      'Access-Control-Request-Method',
      'If-None-Match',
      'Range',
      'X-HTTP-Method-Override',
    ] as const),
  ])

/** Any bytes that may stand in a header. */
function legalValue(random: Random): string {
  return pickWeighted(random, [
    [6, () => Buffer.from(random.pick([...hostileStrings]) ?? '').toString('latin1')],
    [
      2,
      () =>
        random.pick(['-1', '0', '1e309', '9007199254740993', 'NaN', '*/*', 'respond-async', 'DELETE', ',,,', 'q=9']),
    ],
    [1, () => random.bytes(random.below(60)).toString('latin1')],
    [1, () => '1,'.repeat(random.below(2_000))],
    [1, () => 'k'.repeat(250 + random.below(10))],
  ]).replaceAll(forbiddenBytes, '')
}

const illegalValue = ({ pick }: Random) =>
  pick(['a\0b', 'a\rb', 'a\nb', 'a\r\n b', 'a\r\nb', '\x7f', '\x01', '\r\n\r\nGET / HTTP/1.1'])

const authorization = ({ pick, below, bytes }: Random, { key }: World) =>
  pick([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `bearer  ${key}`,
    `Bearer ${key} x`,
    `Bearer ${key.slice(0, -1)}`,
    `Basic ${key}`,
    `Bearer ${'x'.repeat(below(9_000))}`,
    `Bearer ${bytes(40).toString('hex')}`,
    `Bearer ${bytes(40).toString('latin1').replaceAll(forbiddenBytes, '')}`,
    `${'Bearer '.repeat(500)}x`,
    `Bearer ${' '.repeat(5_000)}`,
    "Bearer ' OR 1=1 --",
  ])

const types = [
  ...([
    '',
    'text/plain',
    'application/json; charset=utf-16',
    'application/json;',
    'APPLICATION/JSON',
    'application/jsonx',
  ] as const),
  ...([
    'application/problem+json',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
    '*/*',
    'json',
    '\xff/\xfe',
  ] as const),
  ...([
    'application/x-www-form-urlencoded',
    'application/json, application/json',
    '__proto__',
    'constructor/x',
    '/',
    ';',
  ] as const),
] as const

const forbiddenBytes = /[^\x20-\x7e\x80-\xff]/g

const twice = ({ pick }: Random, name: string): Header => [name, pick(['Bearer a', '', 'Basic eDp5', 'Bearer \xfc'])]

const many = (count: number, { pick }: Random): readonly Header[] =>
  Array.from({ length: count }, (_, at) => [
    pick([`X-${at}`, 'X-Same', 'Idempotency-Key', 'Cookie', 'Prefer']),
    `${at}`,
  ])

/** Nothing in it forbids an answer: no byte that HTTP forbids, and not larger than a server must take. */
const isPlain = ({ headers }: Draft) =>
  headers.every(([name, value]) => /^[\w-]+$/.test(name) && value.search(forbiddenBytes) < 0) &&
  headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0) < 12_000 &&
  headers.filter(([name]) => /^(content-length|host|transfer-encoding|upgrade|connection)$/i.test(name)).length < 4 &&
  headers.every(([name]) => !/^(upgrade|expect)$/i.test(name))
