import { z } from 'zod'

/** Every way a request or a turn can fail, as callers see it. Closed: a new code is a change of the contract. */
export const faultCodes = [
  'invalid_request',
  'invalid_field',
  'too_large',
  'unsupported_media_type',
  'method_not_allowed',
  'context_length_exceeded',
  'unauthenticated',
  'forbidden',
  'not_found',
  'idempotency_conflict',
  'rate_limited',
  'budget_exceeded',
  'model_not_found',
  'model_unavailable',
  'overloaded',
  'shutting_down',
  'generation_failed',
  'internal',
] as const

export type FaultCode = (typeof faultCodes)[number]

/** The body of every error under /api/v1 (RFC 9457, `application/problem+json`). */
export const Problem = z
  .object({
    type: z.string().describe('A URI that names the kind of problem: `urn:parley:fault:<code>`'),
    title: z.string().describe('The status in words'),
    status: z.int().describe('The HTTP status'),
    code: z.enum(faultCodes),
    detail: z.string().describe('What went wrong, in a sentence for people'),
    request_id: z.string().describe('Quote it to the operator; it stands in the logs'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('For `invalid_field`: each field at fault'),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>
