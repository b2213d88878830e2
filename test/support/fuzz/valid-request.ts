import type { DescribedRoute } from './described-routes.ts'
import type { Draft, Target, World } from './hostile-input.ts'
import { type JsonText, writeJson } from './json-text.ts'
import type { Random } from './random.ts'

/** A request as a client with manners sends it, to a route of the description. The connection ends with its answer. */
export function validRequest(random: Random, world: World, route = pickRoute(random, world)): Draft {
  return draftOf(world, route, targetOf(random, world, route), route.body && Buffer.from(writeJson(route.body)))
}

/** The same with any body and target. */
export function draftOf(world: World, route: DescribedRoute, target: string, body: Buffer | undefined): Draft {
  return {
    method: route.method,
    target,
    headers: [
      ['Host', world.host],
      ['Authorization', `Bearer ${world.key}`],
      ['Connection', 'close'],
      ...(body === undefined
        ? []
        : ([
            ['Content-Type', 'application/json'],
            ['Content-Length', String(body.length)],
          ] as const)),
    ],
    body,
  }
}

export function pickRoute({ pick }: Random, { routes }: World): DescribedRoute {
  const route = pick(routes)
  if (route === undefined) throw new Error('no route is described')
  return route
}

export function pickRouteWithBody(random: Random, { routes }: World): DescribedRoute & { readonly body: JsonText } {
  const route = random.pick(routes.filter(takesBody))
  if (route === undefined) throw new Error('no described route takes a body')
  return route
}

const takesBody = (route: DescribedRoute): route is DescribedRoute & { readonly body: JsonText } =>
  route.body !== undefined

/** The route's path, led to objects that exist. */
export function targetOf(random: Random, world: World, { method, path }: DescribedRoute): string {
  const deletes = method === 'DELETE' || path.endsWith('/restore')
  const object = random.pick(deletes ? world.doomed : world.own)
  return fillPath(path, object ?? world.strange)
}

/** Puts ids in the place of the parameters, by the word that stands before each. */
export const fillPath = (path: string, object: Target): string =>
  path.replaceAll(/(\w+)\/\{\w+\}/g, (_, kind: string) => `${kind}/${idOf(kind, object)}`)

function idOf(kind: string, object: Target): string {
  if (kind === 'turns') return object.turn
  return kind === 'messages' ? object.message : object.conversation
}
