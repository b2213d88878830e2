import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { PasswordPage } from './account/password-page.tsx'
import { SetUpPage } from './account/set-up-page.tsx'
import { SignInPage } from './account/sign-in-page.tsx'
import { meQuery } from './api/queries.ts'
import { RequestError } from './api/request.ts'
import { currentSession, sessionBegan } from './api/session.ts'
import { ChatPage } from './chat/chat-page.tsx'
import type { PageContext } from './page-context.ts'
import { BrokenPage, MissingPage } from './shell/last-resort.tsx'
import { Shell } from './shell/shell.tsx'

/** The whole site on one page. */

const root = createRootRouteWithContext<PageContext>()({
  notFoundComponent: MissingPage,
  errorComponent: ({ error }) => <BrokenPage error={error} />,
})

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage })
const setUp = createRoute({ getParentRoute: () => root, path: '/setup', component: SetUpPage })
const password = createRoute({ getParentRoute: () => root, path: '/password', component: PasswordPage })

/** For people who are signed in; others are sent to sign in first, and come back to where they wanted to go. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  async beforeLoad({ context, location }) {
    try {
      const me = await context.queryClient.ensureQueryData({ ...meQuery, retry: false })
      if (currentSession() === 0) sessionBegan()
      context.outbox.open(me.id)
    } catch (error) {
      if (!(error instanceof RequestError) || error.status !== 401) throw error
      const next = location.pathname === '/' ? '' : `?next=${encodeURIComponent(location.pathname)}`
      throw redirect({ href: `/sign-in${next}`, replace: true })
    }
  },
})
const newChat = createRoute({ getParentRoute: () => shell, path: '/', component: ChatPage })
const chat = createRoute({ getParentRoute: () => shell, path: '/c/$id', component: ChatPage })
const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/settings-page.tsx'), 'SettingsPage'),
})

const routeTree = root.addChildren([signIn, setUp, password, shell.addChildren([newChat, chat, settings])])

export const createPageRouter = (context: PageContext) => createRouter({ routeTree, context })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPageRouter>
  }
}
