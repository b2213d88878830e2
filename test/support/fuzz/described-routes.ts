import { z } from 'zod'
import { type JsonText, toJsonText } from './json-text.ts'

/** A route as `/openapi.json` describes it. */
export interface DescribedRoute {
  readonly method: string
  /** With its parameters in braces. */
  readonly path: string
  /** The names of its query parameters. */
  readonly query: readonly string[]
  /** A body that it takes; undefined where it takes none. */
  readonly body: JsonText | undefined
}

/** The parts of a JSON schema that an example needs. */
interface Schema {
  readonly $ref?: string | undefined
  readonly type?: string | readonly string[] | undefined
  readonly const?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly anyOf?: readonly Schema[] | undefined
  readonly oneOf?: readonly Schema[] | undefined
  readonly items?: Schema | undefined
  readonly properties?: Readonly<Record<string, Schema>> | undefined
}

const Schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    anyOf: z.array(Schema).optional(),
    oneOf: z.array(Schema).optional(),
    items: Schema.optional(),
    properties: z.record(z.string(), Schema).optional(),
  }),
)

const Operation = z.object({
  parameters: z.array(z.object({ in: z.string(), name: z.string() })).default([]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema: Schema })) }).optional(),
})

const Description = z.object({
  paths: z.record(z.string(), z.record(z.string(), Operation)),
  components: z.object({ schemas: z.record(z.string(), Schema).default({}) }),
})

/** Every route of the description, with an example body; a field named in `known` gets that value in all of them. */
export function describedRoutes(openapi: unknown, known: Readonly<Record<string, unknown>>): readonly DescribedRoute[] {
  const { paths, components } = Description.parse(openapi)

  function exampleOf(schema: Schema): unknown {
    if (schema.$ref !== undefined) return exampleOf(components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
    if (schema.const !== undefined) return schema.const
    if (schema.enum !== undefined) return schema.enum[0]
    const [first] = schema.anyOf ?? schema.oneOf ?? []
    if (first !== undefined) return exampleOf(first)
    switch ([schema.type].flat()[0]) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, property]) => [
            name,
            name in known ? known[name] : exampleOf(property),
          ]),
        )
      case 'array':
        return [exampleOf(schema.items ?? {})]
      case 'string':
        return 'Hello'
      case 'number':
      case 'integer':
        return 1
      case 'boolean':
        return false
      default:
        return null
    }
  }

  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters, requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema
      return {
        method: method.toUpperCase(),
        path,
        query: parameters.filter(parameter => parameter.in === 'query').map(({ name }) => name),
        body: schema && toJsonText(exampleOf(schema)),
      }
    }),
  )
}
