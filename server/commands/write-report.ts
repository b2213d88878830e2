import type { CheckResult, VerifyReport } from '#store'

/** The report as an operator reads it: a line for each check, and below what the checks found. */
export function writeReport({ checks, sound, users, schemaVersion }: VerifyReport): string {
  const wrong = checks.filter(({ violations }) => violations > 0)
  const verdict = sound
    ? 'Sound: nothing is lost, and nothing is broken.'
    : `Not sound: ${wrong.length} of ${checks.length} checks found something. docs/operations.md says what to do.`
  return [
    `${users} ${users === 1 ? 'user' : 'users'}, schema version ${schemaVersion}`,
    '',
    line('check', 'looked at', 'wrong', 'what it proves'),
    ...checks.map(({ name, looked, violations, proves }) => line(name, String(looked), String(violations), proves)),
    ...wrong.flatMap(describe),
    '',
    verdict,
    '',
  ].join('\n')
}

const line = (name: string, looked: string, wrong: string, proves: string) =>
  `${name.padEnd(20)}  ${looked.padStart(10)}  ${wrong.padStart(8)}  ${proves}`

function describe({ name, violations, examples }: CheckResult): readonly string[] {
  const more = violations - examples.length
  return [
    '',
    `${name}:`,
    ...examples.map(({ user, subject, id, problem }) => `  user ${user}, ${subject} ${id}: ${problem}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ]
}
