import { hostileBody } from './hostile-body.ts'
import { type Draft, type Header, type HostileInput, singleInput, type World } from './hostile-input.ts'
import { hostileStrings } from './hostile-values.ts'
import { pickWeighted, type Random } from './random.ts'
import { draftOf, fillPath, pickRoute, pickRouteWithBody, targetOf, validRequest } from './valid-request.ts'

/** A body that the route does not expect, in a request that is fine otherwise. */
export function withHostileBody(random: Random, world: World): HostileInput {
  const route = pickRouteWithBody(random, world)
  const body = hostileBody(random, route.body)
  const draft = draftOf(world, route, targetOf(random, world, route), body)
  const asked = random.chance(0.3) ? { ...draft, headers: [...draft.headers, wayToAnswer(random)] } : draft
  // What is larger than may be sent is refused at once, and the refusal lost where it meets the rest of the body.
  return singleInput(`body ${preview(body)}`, asked, body.length > 1_048_576 ? 0 : 1)
}

const wayToAnswer = ({ pick }: Random): Header =>
  pick<Header>([
    ['Accept', 'text/event-stream'],
    ['Prefer', 'respond-async'],
    ['Idempotency-Key', pick(['a', 'b', 'c', '__proto__', 'constructor'])],
  ])

const preview = (body: Buffer) => `${body.length} bytes ${JSON.stringify(body.toString('latin1', 0, 300))}`

/** A path that leads nowhere, a method that nothing takes, or somebody else's object. */
export function withHostileTarget(random: Random, world: World): HostileInput {
  const route = pickRoute(random, world)
  const valid = validRequest(random, world, route)
  const target = pickWeighted(random, [
    [30, () => hostilePath(random, valid.target)],
    [10, () => fillPath(route.path, world.strange)],
    [5, () => `${valid.target}${random.pick(['/', '//', '/.', '/..', ';a=b', '#x', '%2f', '%00', '?', '/%2e%2e/'])}`],
    [5, () => random.pick(['*', '/', '//', 'api/v1', `http://${world.host}/api/v1/models`, '/api/v1/', '/docs/../x'])],
    [20, () => valid.target],
  ])
  const method = random.chance(0.3) || target === valid.target ? random.pick(methods) : valid.method
  const inLatin1 = Buffer.from(target).toString('latin1')
  return singleInput('target', { ...valid, method, target: inLatin1 }, isPlain(target) && known.test(method) ? 1 : 0)
}

/** Segments are encoded, wrongly encoded, or not at all. */
function hostilePath(random: Random, target: string): string {
  const segments = target.split('/')
  const at = 1 + random.below(segments.length - 1)
  const text = random.pick([...hostileStrings]) ?? ''
  const segment = pickWeighted(random, [
    [20, () => encodeURIComponent(text.toWellFormed())],
    [5, () => text],
    [
      15,
      () =>
        random.pick([
          '%00',
          '%zz',
          '%',
          '%2',
          '%2f',
          '%5c',
          '..',
          '.',
          '%2e%2e',
          '%c0%af',
          '%ff',
          '%ed%a0%80',
          ':id',
          '*',
        ]),
    ],
    [3, () => 'x'.repeat(1 + random.below(12_000))],
    [3, () => '%41'.repeat(1 + random.below(3_000))],
    [2, () => '/'.repeat(1 + random.below(3_000))],
    [3, () => `${segments[at]}%00`],
    [3, () => (segments[at] ?? '').toUpperCase()],
  ])
  return segments.with(at, segment).join('/')
}

const isPlain = (target: string) => /^\/[\x21-\x7e]*$/.test(target) && target.length < 8_000

/** Methods that HTTP parsers know, and others. Deleting is left out: it would take away what the rest works on. */
const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'QUERY',
  'PURGE',
  'CONNECT',
  'GETT',
  'get',
  '',
] as const
const known = /^(GET|HEAD|POST|PUT|PATCH|OPTIONS|PROPFIND|PURGE)$/

/** Cursors and numbers of which no list has heard. */
export function withHostileQuery(random: Random, world: World): HostileInput {
  const route = pickRoute(random, { ...world, routes: world.routes.filter(({ query }) => query.length > 0) })
  const names = ['cursor', 'limit', 'after', 'archived', 'project_id', 'q', '__proto__', 'a[b]', 'toString', '', '%zz']
  const pair = () => {
    const name = random.chance(0.8) ? random.pick(route.query) : random.pick(names)
    return random.chance(0.1) ? name : `${name}=${hostileQueryValue(random)}`
  }
  const pairs = Array.from({ length: random.chance(0.02) ? 800 : 1 + random.below(3) }, pair)
  const target = `${targetOf(random, world, route)}?${pairs.join(random.pick(['&', '&', '&', '&&', ';', '?']))}`
  const draft = validRequest(random, world, route)
  return singleInput('query', { ...draft, target }, target.length < 8_000 ? 1 : 0)
}

function hostileQueryValue(random: Random): string {
  const number = () =>
    random.pick([
      '0',
      '-1',
      '1',
      '100',
      '101',
      '1e2',
      '1e309',
      'NaN',
      'Infinity',
      '9007199254740993',
      '0x10',
      '%20',
      '-0',
      '1.5',
    ])
  return pickWeighted(random, [
    [10, number],
    [4, () => encodeURIComponent((random.pick([...hostileStrings]) ?? '').toWellFormed())],
    [6, () => forgedCursor(random)],
    [2, () => random.pick(['%', '%zz', '%00', '%ff', '%ed%a0%80', '+', '=', '[]', '%f0%9f'])],
    [1, () => 'x'.repeat(random.below(6_000))],
  ])
}

/** Decodes like a cursor of ours, but no list gave it out. */
function forgedCursor(random: Random): string {
  const time = () =>
    random.pick([0, 1, -1, 8.64e15, 8.64e15 + 1, 2_147_483_647, 2_147_483_648, 1e21, 0.5, null, '0', {}, true])
  const id = random.pick([
    '00000000-0000-0000-0000-000000000000',
    '',
    'x',
    null,
    5,
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ])
  const parts = random.pick([[time(), id], [time()], [], { 0: time() }, time(), [time(), id, id], [[time()]]])
  const text = JSON.stringify(parts)
  return random.chance(0.2) ? Buffer.from(text).toString('base64') : Buffer.from(text).toString('base64url')
}

export function replaceHeader(draft: Draft, name: string, value: string | undefined): Draft {
  const others = draft.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
  return { ...draft, headers: value === undefined ? others : [...others, [name, value]] }
}
