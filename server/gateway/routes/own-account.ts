import { z } from 'zod'
import type { OwnAccount } from '#accounts'
import { PageQuery, PasswordChange, SessionPage, User, UserChange } from '#protocol'
import type { App } from '../app.ts'
import type { GuessLimits } from '../limits/guess-limits.ts'
import { showReached } from '../limits/limit-headers.ts'
import { principalOf } from '../require-caller.ts'
import { CountedId, countedPages } from './counted-id.ts'
import { operation, problems } from './operation.ts'

/** /me and /sessions: the caller's own account, and where they are signed in. */
export function ownAccountRoutes(app: App, own: OwnAccount, guesses: GuessLimits): void {
  app.get(
    '/me',
    {
      schema: {
        ...operation('account', 'Who you are'),
        response: { 200: User, ...problems(401, 429, 503) },
      },
    },
    request => own.get(principalOf(request).userId),
  )

  app.patch(
    '/me',
    {
      schema: {
        ...operation('account', 'Change your name'),
        body: UserChange,
        response: { 200: User, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    request => own.change(principalOf(request).userId, request.body),
  )

  app.post(
    '/me/password',
    {
      schema: {
        ...operation('account', 'Change your password; ends your other sessions'),
        body: PasswordChange,
        response: { 204: z.null().describe('Changed'), ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const caller = principalOf(request)
      await showReached(reply, guesses.ownPassword(caller.userId))
      await own.changePassword(caller, request.body)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/sessions',
    {
      schema: {
        ...operation('account', 'Where you are signed in, newest first'),
        querystring: PageQuery.extend(countedPages),
        response: { 200: SessionPage, ...problems(401, 422, 429, 503) },
      },
    },
    request => own.sessions(principalOf(request), request.query),
  )

  app.delete(
    '/sessions/:id',
    {
      schema: {
        ...operation('account', 'Sign out somewhere else'),
        params: z.object({ id: CountedId }),
        response: { 204: z.null().describe('Ended'), ...problems(401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      await own.endSession(principalOf(request).userId, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
