/** Why the server closes a socket; the reason goes along in words. A frame over 1 MiB is closed with 1009 by the library. */
export const closeCode = {
  /** No API key, or one that is unknown, expired or revoked by now. */
  unauthenticated: 4401,
  /** A ping was not answered. */
  deadPeer: 4408,
  /** Too many frames, or too many sockets of one user. */
  flood: 1008,
  /** The client does not read, or the server goes away: connect again. */
  tryAgainLater: 1013,
} as const

export type CloseCode = (typeof closeCode)[keyof typeof closeCode]
