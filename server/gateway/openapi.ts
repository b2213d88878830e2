import swagger, { type SwaggerTransformObject } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { App } from './app.ts'

/** `/openapi.json` from the schemas of the routes, and `/docs`, which reads it without any outside host. */
export async function describeApi(app: App, release: string, sessionCookie: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Parley',
        version: release,
        description:
          'Conversations with language models. Authenticate with `Authorization: Bearer <API key>`, or as a browser with the cookie of a session and an allowed `Origin`. Errors are RFC 9457 problems.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: sessionCookie },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: describeSchemas,
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

/** Every schema comes twice, as callers send it and as they get it; keeps those that some route or schema refers to. */
const describeSchemas: SwaggerTransformObject = input => {
  const document = jsonSchemaTransformObject(input)
  if (!('components' in document) || document.components?.schemas === undefined) return document
  const text = JSON.stringify(document)
  for (const name of Object.keys(document.components.schemas)) {
    if (!text.includes(`"#/components/schemas/${name}"`)) delete document.components.schemas[name]
  }
  return document
}
