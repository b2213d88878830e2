import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Device, WaysIn } from '#accounts'
import { Instance, PasswordByLink, SetUp, SignIn, User } from '#protocol'
import type { AllowedOrigins } from '../allowed-origins.ts'
import type { App } from '../app.ts'
import type { GuessLimits } from '../limits/guess-limits.ts'
import { showReached } from '../limits/limit-headers.ts'
import { openOperation, problems } from './operation.ts'

/** What nobody need be signed in for: /instance, /setup, /sign-in, /sign-out, /password. */
export function wayInRoutes(app: App, waysIn: WaysIn, origins: AllowedOrigins, guesses: GuessLimits): void {
  /** A page of another site must not sign its visitors in or out. */
  const onRequest = async (request: FastifyRequest) => origins.requireIfSent(request)

  app.get(
    '/instance',
    {
      schema: {
        ...openOperation('account', 'What a page must know before anybody has signed in'),
        response: { 200: Instance, ...problems(503) },
      },
    },
    () => waysIn.instance(),
  )

  app.post(
    '/setup',
    {
      onRequest,
      schema: {
        ...openOperation('account', 'Spend the set-up link: make the first admin, and sign them in'),
        body: SetUp,
        response: { 201: User, ...problems(400, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      await showReached(reply, guesses.guess(request.ip))
      const { user, setCookie } = await waysIn.setUp(request.body, deviceOf(request))
      return withCookie(reply, setCookie).code(201).send(user)
    },
  )

  app.post(
    '/sign-in',
    {
      onRequest,
      schema: {
        ...openOperation('account', 'Sign in with a password; the session comes as a cookie'),
        body: SignIn,
        response: { 200: User, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      await showReached(reply, guesses.guess(request.ip, request.body.email))
      const { user, setCookie } = await waysIn.signIn(request.body, deviceOf(request))
      return withCookie(reply, setCookie).send(user)
    },
  )

  app.post(
    '/sign-out',
    {
      onRequest,
      schema: {
        ...openOperation('account', 'End the session of the cookie, if there is one'),
        response: { 204: z.null().describe('Nobody is signed in here'), ...problems(403, 415, 503) },
      },
    },
    async (request, reply) =>
      withCookie(reply, await waysIn.signOut(request.headers.cookie))
        .code(204)
        .send(null),
  )

  app.post(
    '/password',
    {
      onRequest,
      schema: {
        ...openOperation('account', 'Spend a password link: set the password, end all sessions, and sign in'),
        body: PasswordByLink,
        response: { 200: User, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      await showReached(reply, guesses.guess(request.ip))
      const { user, setCookie } = await waysIn.setPassword(request.body, deviceOf(request))
      return withCookie(reply, setCookie).send(user)
    },
  )
}

const deviceOf = ({ ip, headers }: FastifyRequest): Device => ({ ipAddress: ip, userAgent: headers['user-agent'] })

const withCookie = <Reply extends FastifyReply>(reply: Reply, setCookie: string): Reply => {
  reply.headers({ 'set-cookie': setCookie, 'cache-control': 'no-store' })
  return reply
}
