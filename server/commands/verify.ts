import { parseArgs } from 'node:util'
import { turnDeadlineMs } from '#chat'
import { type VerifyReport, verifyDatabase } from '#store'
import { type Command, type Surroundings, UsageError } from './command.ts'
import { reachDatabase } from './reach-database.ts'
import { writeReport } from './write-report.ts'

/** Proves from the database that nothing is lost; see docs/operations.md. */
export const verify: Command = {
  name: 'verify',
  summary: 'proves from the database that no accepted message is lost and nothing is broken',
  help: `Usage: npx parley verify [--json] [--user <id>]

Looks through the database, which it only reads, beside the running server or without one. docs/operations.md explains
its checks, and what to do where one finds something.

  --json       the report as JSON
  --user <id>  only what belongs to this user

Exit code 0: sound; 1: something is wrong; 2: it could not look.`,
  async run(args, surroundings) {
    const { json, user } = readArguments(args)
    const database = await reachDatabase(surroundings)
    try {
      const report = await verifyDatabase({
        ...database,
        deadlineMs: turnDeadlineMs,
        userId: user,
        signal: surroundings.signal,
        onProgress: progressTeller(surroundings),
      })
      surroundings.print(json ? `${JSON.stringify(toJson(report), null, 2)}\n` : writeReport(report))
      return report.sound ? 0 : 1
    } catch (error) {
      if (!surroundings.signal.aborted) throw error
      surroundings.remark('Broken off: nothing is said about the database.\n')
      return 2
    } finally {
      await database.close()
    }
  },
}

function readArguments(args: readonly string[]): { readonly json: boolean; readonly user: string | undefined } {
  try {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, user: { type: 'string' } } })
    if (values.user !== undefined && !/^[1-9]\d{0,17}$/.test(values.user)) throw new Error('A user id is a number.')
    return { json: values.json ?? false, user: values.user }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const toJson = ({ schemaVersion, ...report }: VerifyReport) => ({ schema_version: schemaVersion, ...report })

/** In a terminal a line that changes; elsewhere a line every ten seconds, so that short work says nothing. */
function progressTeller({ interactive, remark }: Surroundings) {
  let toldAt = performance.now()
  return ({ users, of }: { readonly users: number; readonly of: number }) => {
    if (interactive) {
      remark(users < of ? `\r${users} of ${of} users` : '\r\u001b[K')
    } else if (performance.now() - toldAt >= 10_000) {
      remark(`${users} of ${of} users\n`)
      toldAt = performance.now()
    }
  }
}
