import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Accounts } from '#accounts'
import type { ClusterAdmin } from '#admin'
import type { Chat } from '#chat'
import type { ConfigurationState } from '#protocol'
import type { Safety } from '#safety'
import type { App } from './app.ts'
import type { GuessLimits } from './limits/guess-limits.ts'
import { limitRequests } from './limits/limit-headers.ts'
import type { Limits } from './limits/limits.ts'
import { requireAdmin } from './require-admin.ts'
import { type Callers, requireCaller } from './require-caller.ts'
import { classifyRoute } from './routes/classify.ts'
import { clusterRoutes } from './routes/clusters.ts'
import { conversationRoutes } from './routes/conversations.ts'
import { healthRoute } from './routes/health.ts'
import { messageRoutes } from './routes/messages.ts'
import { modelRoutes } from './routes/models.ts'
import { ownAccountRoutes } from './routes/own-account.ts'
import { turnRoutes } from './routes/turns.ts'
import { userRoutes } from './routes/users.ts'
import { wayInRoutes } from './routes/ways-in.ts'

export interface ApiDeps {
  readonly accounts: Accounts
  readonly callers: Callers
  readonly chat: Chat
  readonly clusterAdmin: ClusterAdmin
  readonly configurationState: () => ConfigurationState
  readonly safety: Safety
  readonly limits: Limits
  readonly guesses: GuessLimits
}

/** Every route of the API: the ways in for anybody, then what users may do, then what only admins may. */
export async function registerApi(app: App, deps: ApiDeps): Promise<void> {
  const { accounts, callers, chat, limits, guesses } = deps
  const forAnybody = (scope: App): App => scope.withTypeProvider<ZodTypeProvider>()
  const forUsers = (scope: App): App => {
    const api = forAnybody(scope)
    api.addHook('onRequest', requireCaller(callers))
    api.addHook('onRequest', limitRequests(limits))
    return api
  }
  const forAdmins = (scope: App): App => {
    const api = forUsers(scope)
    api.addHook('onRequest', requireAdmin)
    return api
  }

  await app.register(async scope => classifyRoute(forUsers(scope), deps.safety))
  await app.register(
    async scope => {
      // What is one person's no cache on the way may keep, nor a browser after its tab is gone.
      scope.addHook('onRequest', async (_request, reply) => {
        reply.header('cache-control', 'no-store')
      })
      await scope.register(async anybody => wayInRoutes(forAnybody(anybody), accounts.waysIn, callers.origins, guesses))
      await scope.register(async users => {
        const api = forUsers(users)
        conversationRoutes(api, chat)
        messageRoutes(api, chat, limits)
        turnRoutes(api, chat, limits)
        modelRoutes(api, chat)
        ownAccountRoutes(api, accounts.own, guesses)
      })
      await scope.register(
        async admins => {
          const api = forAdmins(admins)
          userRoutes(api, accounts.users)
          clusterRoutes(api, deps.clusterAdmin)
          healthRoute(api, deps.configurationState)
        },
        { prefix: '/admin' },
      )
    },
    { prefix: '/api/v1' },
  )
}
