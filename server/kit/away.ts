/** An expected outcome of what is shared behind a wire: it cannot be reached, refuses, or did not answer in time. */
export class Away extends Error {
  constructor(cause?: unknown) {
    super('what is shared is away', { cause })
    this.name = 'Away'
  }
}
