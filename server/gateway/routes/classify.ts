import { Classification, TextToClassify } from '#protocol'
import type { Safety } from '#safety'
import type { App } from '../app.ts'
import { operation, problems } from './operation.ts'

/** POST /classify: this server's safety filter, under the interface that its own remote guard speaks. */
export function classifyRoute(app: App, safety: Safety): void {
  app.post(
    '/classify',
    {
      schema: {
        ...operation('safety', 'Judge a text as a message to a model would be judged'),
        body: TextToClassify,
        response: { 200: Classification, ...problems(400, 401, 403, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      return safety.classify(request.body.text, gone.signal)
    },
  )
}
