import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Actor, ClusterAdmin } from '#admin'
import { ClusterChange, ClusterInfo, ClusterPage, ClusterTest, FoundEnginePage, Id, NewCluster } from '#protocol'
import type { App } from '../app.ts'
import { principalOf } from '../require-caller.ts'
import { operation, problems } from './operation.ts'

const OneCluster = z.object({ id: Id })
const NamedCluster = z.object({ id: z.string().min(1).max(200).describe('Its id, or its name, percent-encoded') })

/** /clusters, for administrators: what answers are generated on. */
export function clusterRoutes(app: App, clusters: ClusterAdmin): void {
  app.get(
    '/clusters',
    {
      schema: {
        ...operation('administration', 'List the clusters, and how they are doing'),
        response: { 200: ClusterPage, ...problems(401, 403, 429, 503) },
      },
    },
    () => wholePage(clusters.list()),
  )

  app.post(
    '/clusters',
    {
      schema: {
        ...operation('administration', 'Add a cluster, once it was seen to serve a model'),
        body: NewCluster,
        response: { 201: ClusterInfo, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => reply.code(201).send(await clusters.add(actorOf(request), request.body)),
  )

  app.patch(
    '/clusters/:id',
    {
      schema: {
        ...operation('administration', 'Drain, disable, enable or weigh a cluster, wherever it comes from'),
        params: NamedCluster,
        body: ClusterChange,
        response: { 200: ClusterInfo, ...problems(400, 401, 403, 404, 413, 415, 422, 429, 503) },
      },
    },
    request => clusters.steer(actorOf(request), request.params.id, request.body),
  )

  app.delete(
    '/clusters/:id',
    {
      schema: {
        ...operation('administration', 'Remove a cluster that was added; answers under way on it end undisturbed'),
        params: OneCluster,
        response: { 204: z.null().describe('Removed'), ...problems(401, 403, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      await clusters.remove(actorOf(request), request.params.id)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/clusters/found',
    {
      schema: {
        ...operation('administration', 'Look for engines on the usual ports of this machine that are no clusters yet'),
        response: { 200: FoundEnginePage, ...problems(401, 403, 429, 503) },
      },
    },
    async () => wholePage(await clusters.found()),
  )

  app.post(
    '/clusters/test',
    {
      schema: {
        ...operation('administration', 'List the models of an endpoint, and time the first token of a short prompt'),
        body: NewCluster,
        response: { 200: ClusterTest, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    request => clusters.test(request.body),
  )
}

const wholePage = <Item>(data: Item[]) => ({ data, has_more: false, next_cursor: null })

const actorOf = (request: FastifyRequest): Actor => ({
  userId: principalOf(request).userId,
  ipAddress: request.ip,
})
