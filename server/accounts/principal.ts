/** The caller of a request. */
export interface Principal {
  readonly userId: string
  readonly admin: boolean
  /** The session that the request came with; undefined: an API key. */
  readonly sessionId: string | undefined
}
