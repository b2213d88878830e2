/** People in front of a browser: they sign in with a password, and their browser keeps the cookie and sends its origin. */
import assert from 'node:assert/strict'
import { InvitedUser, User } from '#protocol'
import { type Answer, type RunningServer, until } from '../support/server.ts'

type Address = Pick<RunningServer, 'url'>

/** What the request of a person's browser carries beside its body. */
export interface Carried {
  readonly cookie?: string
  /** The page's origin; left out: none is sent. */
  readonly origin?: string
  /** The person's address; left out: one of their own each time, so that no limit on guessing is met by accident. */
  readonly address?: string
}

/** For `parley.yaml`: whom a call comes from is believed. */
export const throughProxies = 'server: { trusted_proxies: [loopback] }\n'

/** Calls `/api/v1` without any key. */
export async function call(
  { url }: Address,
  method: string,
  path: string,
  body?: unknown,
  { address = nextAddress(), ...carried }: Carried = {},
): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      'x-forwarded-for': address,
      ...carried,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) }
}

let addresses = 0
const nextAddress = () => `10.0.${addresses >> 8}.${addresses++ & 255}`

/** Somebody who is signed in, and the API as their browser calls it from the server's own page. */
export interface Person {
  readonly user: User
  /** As the browser sends it. */
  readonly cookie: string
  api(method: string, path: string, body?: unknown): Promise<Answer>
}

export const password = 'correct horse battery'

/** The token behind the `#` of a link. */
export const tokenOf = (link: string): string => new URL(link).hash.slice(1)

/** The set-up link that the server prints, shortly after it is ready. */
export const setUpLinkOf = (server: Pick<RunningServer, 'stdout'>): Promise<string> =>
  until('the set-up link is printed', () => /^ *(\S+\/setup#\S+)\n/m.exec(server.stdout)?.[1])

/** The person that an answer has signed in. */
export function signedIn(server: Address, answer: Answer, status = 200): Person {
  assert.equal(answer.status, status, answer.text)
  const cookie = answer.headers.getSetCookie()[0]?.split(';')[0]
  assert.ok(cookie !== undefined)
  const origin = server.url
  return {
    user: User.parse(answer.body),
    cookie,
    api: (method, path, body) => call(server, method, path, body, { cookie, origin }),
  }
}

/** Makes the first admin, Ada, by the link that a server has printed. */
export async function setUp(server: RunningServer): Promise<Person> {
  const body = { token: tokenOf(await setUpLinkOf(server)), name: 'Ada', email: 'Ada@example.com', password }
  return signedIn(server, await call(server, 'POST', '/setup', body), 201)
}

export const signIn = (server: Address, email: string, secret = password): Promise<Answer> =>
  call(server, 'POST', '/sign-in', { email, password: secret })

/** Adds a user by an admin, who sets their password by the link, and is signed in. */
export async function invite(server: Address, admin: Pick<Person, 'api'>, name: string): Promise<Person> {
  const added = await admin.api('POST', '/admin/users', { name, email: `${name.toLowerCase()}@example.com` })
  assert.equal(added.status, 201, added.text)
  const { link } = InvitedUser.parse(added.body)
  return signedIn(server, await call(server, 'POST', '/password', { token: tokenOf(link.url), password }))
}
