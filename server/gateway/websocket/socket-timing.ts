/** The patience of a socket, in milliseconds. Passed in so that tests need not wait. */
export interface SocketTiming {
  /** Between two pings; a ping unanswered by the next one is a dead peer. */
  readonly pingEveryMs: number
  /** A socket that stays full for so long is closed. */
  readonly slowMs: number
  /** Between two looks at whether the key or session still holds: with what the authenticator believes, at most 5 s together. */
  readonly recheckMs: number
  /** From the close frame to the end of the connection, whether or not the client has answered it. */
  readonly closingMs: number
}

export const usualTiming: SocketTiming = { pingEveryMs: 30_000, slowMs: 30_000, recheckMs: 2_000, closingMs: 5_000 }
