import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { UserList } from '#accounts'
import { InvitedUser, NewUser, PageQuery, PasswordLink, UserPage } from '#protocol'
import type { App } from '../app.ts'
import { principalOf } from '../require-caller.ts'
import { CountedId, countedPages } from './counted-id.ts'
import { operation, problems } from './operation.ts'

/** /admin/users: everybody's accounts. To be registered where only admins come. */
export function userRoutes(app: App, users: UserList): void {
  app.get(
    '/users',
    {
      schema: {
        ...operation('admin', 'List users, oldest first'),
        querystring: PageQuery.extend(countedPages),
        response: { 200: UserPage, ...problems(401, 403, 422, 429, 503) },
      },
    },
    request => users.list(request.query),
  )

  app.post(
    '/users',
    {
      schema: {
        ...operation('admin', 'Add a user; they set their password with the link'),
        body: NewUser,
        response: { 201: InvitedUser, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const invited = await users.invite(actorOf(request), request.body)
      return reply.code(201).header('cache-control', 'no-store').send(invited)
    },
  )

  app.post(
    '/users/:id/password-link',
    {
      schema: {
        ...operation('admin', 'Make a link with which a user sets a new password'),
        params: z.object({ id: CountedId }),
        response: { 201: PasswordLink, ...problems(401, 403, 404, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const link = await users.linkPassword(actorOf(request), request.params.id)
      return reply.code(201).header('cache-control', 'no-store').send(link)
    },
  )
}

const actorOf = (request: FastifyRequest) => ({ userId: principalOf(request).userId, ipAddress: request.ip })
