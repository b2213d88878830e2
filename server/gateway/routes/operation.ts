import type { z } from 'zod'
import { Problem } from '#protocol'

/** What the API's description says of a route besides its schemas. */
export const operation = (tag: string, summary: string) => ({
  tags: [tag],
  summary,
  security: [{ apiKey: [] }],
})

interface ProblemResponse {
  readonly description: string
  readonly content: { readonly 'application/problem+json': { readonly schema: z.ZodType } }
}

/** The problems a route may answer with, by status, for its `response` schemas. */
export function problems(...statuses: readonly (keyof typeof meanings)[]): Record<number, ProblemResponse> {
  return Object.fromEntries(
    statuses.map(status => [
      status,
      { description: meanings[status], content: { 'application/problem+json': { schema: Problem } } },
    ]),
  )
}

const meanings = {
  400: 'Not valid JSON, or a prompt the model cannot take (`invalid_request`, `context_length_exceeded`)',
  401: 'No API key, or one that is unknown, expired or revoked (`unauthenticated`)',
  403: 'Only for administrators (`forbidden`)',
  404: "Unknown, or somebody else's (`not_found`, `model_not_found`)",
  409: 'The Idempotency-Key was used for another request (`idempotency_conflict`)',
  413: 'The body or a text is too large (`too_large`)',
  415: 'Not sent as JSON (`unsupported_media_type`)',
  422: 'A field is not valid; `errors` names it (`invalid_field`)',
  429: 'Too many messages, requests, tokens or open turns; try again after `Retry-After` (`rate_limited`)',
  502: 'The cluster failed after every remedy (`generation_failed`)',
  503: 'Try again after `Retry-After` (`overloaded`, `model_unavailable`, `shutting_down`)',
} as const
