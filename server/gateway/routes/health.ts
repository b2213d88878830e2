import { type ConfigurationState, InstanceHealth } from '#protocol'
import type { App } from '../app.ts'
import { operation, problems } from './operation.ts'

/** /health, for administrators: what they should know of the server. */
export function healthRoute(app: App, configuration: () => ConfigurationState): void {
  app.get(
    '/health',
    {
      schema: {
        ...operation('administration', 'Read what the server makes of its configuration'),
        response: { 200: InstanceHealth, ...problems(401, 403, 429, 503) },
      },
    },
    () => ({ configuration: configuration() }),
  )
}
