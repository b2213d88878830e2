import type { Chat } from '#chat'
import { ModelPage } from '#protocol'
import type { App } from '../app.ts'
import { operation, problems } from './operation.ts'

/** /models: the names a user may pick. */
export function modelRoutes(app: App, chat: Chat): void {
  app.get(
    '/models',
    {
      schema: {
        ...operation('models', 'List the models you may pick'),
        response: { 200: ModelPage, ...problems(401, 429, 503) },
      },
    },
    () => ({ data: chat.models(), has_more: false, next_cursor: null }),
  )
}
