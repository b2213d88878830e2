/** What a command is given of its process. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** What relative paths in the environment are relative to. */
  readonly cwd: string
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal
  /** Writes to standard output: what was asked for. */
  readonly print: (text: string) => void
  /** Writes to standard error: everything else. */
  readonly remark: (text: string) => void
  /** Standard error is a terminal. */
  readonly interactive: boolean
}

/** One `npx parley <name>`. */
export interface Command {
  readonly name: string
  /** A line for the list of commands. */
  readonly summary: string
  /** All it takes, and what its exit codes mean. */
  readonly help: string
  /** Resolves with the exit code; what it throws is explained to the operator, with the exit code 2. */
  run(args: readonly string[], surroundings: Surroundings): Promise<number>
}

/** Thrown where a command was called in a way that it does not understand. */
export class UsageError extends Error {}
