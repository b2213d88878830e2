import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors, type ZodFastifySchemaValidationError } from 'fastify-type-provider-zod'
import { Fault, faultStatus, isFault, type Log } from '#kit'
import type { FaultCode, Problem } from '#protocol'

/** How long a caller is asked to wait where the fault does not know better. */
const defaultRetryAfterMs = 2_000

/** Answers with what went wrong. Whatever is no fault is a bug: logged with its stack, answered without a word of it. */
export function createProblemHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { fault, errors } = endedEarly(error, request) ? { fault: halfARequest(), errors: undefined } : explain(error)
    if (fault.code === 'internal') {
      log.error({ request_id: request.id, route: request.routeOptions.url, error }, 'a request failed by a bug')
    } else if (fault.cause !== undefined) {
      log.warn({ request_id: request.id, code: fault.code, error: fault.cause }, 'a request failed')
    }
    sendProblem(reply, fault, errors)
  }
}

/** The client left, or ended its half, before its body was whole: nobody is there to be answered, and it is no bug. */
const endedEarly = (error: unknown, { raw }: FastifyRequest) =>
  !raw.complete && error instanceof Error && 'code' in error && error.code === 'ECONNRESET'

const halfARequest = () => new Fault('invalid_request', 'The request ended before its body did.')

function sendProblem(reply: FastifyReply, fault: Fault, errors?: Problem['errors']): void {
  const status = faultStatus[fault.code]
  const problem: Problem = {
    type: `urn:parley:fault:${fault.code}`,
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code: fault.code,
    detail: fault.message,
    request_id: reply.request.id,
    ...(errors !== undefined && { errors }),
  }
  // Of what the framework refuses before its hooks run, the header must come from here.
  reply.header('x-request-id', reply.request.id)
  if (status === 401) reply.header('www-authenticate', 'Bearer')
  if (status === 429 || status === 503) reply.header('retry-after', Math.ceil(retryAfterMs(fault) / 1_000))
  reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem)
}

const retryAfterMs = (fault: Fault) => fault.retryAfterMs ?? defaultRetryAfterMs

interface Explanation {
  readonly fault: Fault
  readonly errors?: NonNullable<Problem['errors']>
}

function explain(error: unknown): Explanation {
  if (isFault(error)) {
    if (error.field === undefined) return { fault: error }
    return { fault: error, errors: [{ field: error.field, message: error.message }] }
  }
  if (hasZodFastifySchemaValidationErrors(error)) return explainValidation(error)
  const known =
    typeof error === 'object' && error !== null && 'code' in error ? frameworkFaults[String(error.code)] : null
  if (known) return { fault: new Fault(...known) }
  return { fault: new Fault('internal', 'Something went wrong on our side.') }
}

/** What the web framework refuses before a handler runs, by its error codes. */
const frameworkFaults: Readonly<Record<string, readonly [FaultCode, string] | undefined>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too_large', 'The body is larger than this endpoint takes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported_media_type', 'Send JSON with `Content-Type: application/json`.'],
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: ['unsupported_media_type', 'Send JSON with `Content-Type: application/json`.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid_request', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid_request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_BAD_URL: ['invalid_request', 'The path is not a valid URL.'],
  FST_ERR_VALIDATION: ['invalid_request', 'The request is not valid.'],
  FST_ERR_MAX_PARAM_LENGTH: ['not_found', 'There is nothing at this path.'],
}

interface ValidationFailure {
  readonly validation: readonly ZodFastifySchemaValidationError[]
  readonly validationContext?: string | undefined
}

function explainValidation({ validation, validationContext }: ValidationFailure): Explanation {
  // An id that cannot be one of ours is an unknown object.
  if (validationContext === 'params') return { fault: new Fault('not_found', 'There is no such object.') }
  const errors = validation.map(({ instancePath, message }) => ({
    field: instancePath.slice(1).replaceAll('/', '.') || (validationContext ?? 'body'),
    message: message ?? 'is not valid',
  }))
  const detail = errors.map(({ field, message }) => `${field}: ${message}`).join('; ')
  return { fault: new Fault(codeOf(validation), detail), errors }
}

const codeOf = (validation: ValidationFailure['validation']): FaultCode =>
  validation.some(({ params }) => faultNamedBy(params) === 'too_large') ? 'too_large' : 'invalid_field'

/** The fault that a schema's refinement names for its issue; see `Content` in the protocol. */
function faultNamedBy(params: unknown): unknown {
  const named = params as { params?: { fault?: unknown } } | undefined
  return named?.params?.fault
}
