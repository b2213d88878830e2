import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from './app.ts'

/** `/openapi.json` from the schemas of the routes, and `/docs`, which reads it without any outside host. */
export async function describeApi(app: App, release: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parley',
        version: release,
        description:
          'Conversations with language models. Authenticate with `Authorization: Bearer <API key>`. Errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: document => withoutUnusedSchemas(jsonSchemaTransformObject(document) as Described),
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    uiConfig: { validatorUrl: null, persistAuthorization: false },
    staticCSP: true,
    theme: {
      title: 'Parley API',
      css: [{ filename: 'parley.css', content: '.swagger-ui .topbar { display: none }' }],
    },
  })
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger())
}

interface Described {
  readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> }
}

/** Every schema is listed twice, as callers send it and as they get it; keep those that some route or schema refers to. */
function withoutUnusedSchemas<Document extends Described>(document: Document): Document {
  const text = JSON.stringify(document)
  const used = Object.entries(document.components?.schemas ?? {}).filter(([name]) =>
    text.includes(`"#/components/schemas/${name}"`),
  )
  return { ...document, components: { ...document.components, schemas: Object.fromEntries(used) } }
}
