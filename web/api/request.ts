import type { FaultCode, Problem } from '#protocol'
import { t } from '../text/catalogue.ts'
import { currentSession, sessionEnded } from './session.ts'

/** What the server answered instead, or that it could not be reached. `message` is for people. */
export class RequestError extends Error {
  /** 0: no answer came. */
  readonly status: number
  readonly code: FaultCode | 'unreachable'
  /** To quote to the operator; it stands in the server's logs. */
  readonly requestId: string | undefined
  readonly fields: Readonly<Record<string, string>>
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    {
      status,
      code,
      requestId,
      fields = {},
      retryAfterMs,
    }: Pick<RequestError, 'status' | 'code'> & Partial<RequestError>,
  ) {
    super(message)
    this.status = status
    this.code = code
    this.requestId = requestId
    this.fields = fields
    this.retryAfterMs = retryAfterMs
  }
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Calls `/api/v1` with the session's cookie. Rejects with `RequestError` alone, or the signal's reason. */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  const { method = 'GET', body, headers, signal } = options
  const session = currentSession()
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new RequestError(t('error.unreachable'), { status: 0, code: 'unreachable' })
  }
  // Signing in answers so to a wrong password.
  if (response.status === 401 && path !== '/sign-in') sessionEnded(session)
  if (!response.ok) throw await toError(response)
  if (response.status === 204) return undefined as Answer
  try {
    return (await response.json()) as Answer
  } catch {
    throw new RequestError(t('error.noProblem', { status: response.status }), { status: 0, code: 'unreachable' })
  }
}

async function toError(response: Response): Promise<RequestError> {
  const { status } = response
  const retryAfterMs = Number(response.headers.get('retry-after')) * 1_000 || undefined
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json')
  // A proxy in between answers in its own way.
  if (!isProblem) return new RequestError(t('error.noProblem', { status }), { status, code: 'unreachable' })
  const problem = (await response.json()) as Problem
  return new RequestError(problem.detail, {
    status,
    code: problem.code,
    requestId: problem.request_id,
    fields: Object.fromEntries((problem.errors ?? []).map(({ field, message }) => [field, message])),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}
