import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type pg from 'pg'

/** One statement as Postgres got it. */
export interface SentStatement {
  /** With `$1`, `$2` … in it. */
  readonly text: string
  /** As text; null is NULL. */
  readonly values: readonly (string | null)[]
}

export interface CaptureOptions {
  /** A superuser's connection to any database of the server. */
  readonly superuser: pg.Client
  /** Where the server writes its logs. */
  readonly logFolder: string
  /** The database whose statements are wanted. */
  readonly database: string
}

/**
 * What the product sends to its database while each piece of work runs: Postgres itself writes it down, for the time of
 * this call, so it is what was sent and in its order. Nothing else may use the database meanwhile.
 */
export async function captureStatements(
  { superuser, logFolder, database }: CaptureOptions,
  works: readonly (() => Promise<void>)[],
): Promise<readonly (readonly SentStatement[])[]> {
  const captured: SentStatement[][] = []
  await superuser.query("ALTER SYSTEM SET log_destination = 'jsonlog'")
  await superuser.query("ALTER SYSTEM SET log_statement = 'all'")
  await superuser.query("ALTER SYSTEM SET log_error_verbosity = 'default'")
  await superuser.query('ALTER SYSTEM SET log_parameter_max_length = -1')
  await reload(superuser, 'all')
  for (const [number, work] of works.entries()) {
    const [begin, end] = [`capture ${number} begins`, `capture ${number} ends`]
    await superuser.query(`SELECT '${begin}'`)
    await work()
    await superuser.query(`SELECT '${end}'`)
    captured.push((await readBetween(logFolder, begin, end)).filter(entry => isOf(entry, database)).map(toStatement))
  }
  await superuser.query('ALTER SYSTEM RESET ALL')
  await reload(superuser, 'none')
  return captured
}

async function reload(superuser: pg.Client, logStatement: string): Promise<void> {
  await superuser.query('SELECT pg_reload_conf()')
  for (let tries = 0; tries < 500; tries++) {
    const { rows } = await superuser.query<{ log_statement: string }>('SHOW log_statement')
    if (rows[0]?.log_statement === logStatement) return
    await wait(10)
  }
  throw new Error('Postgres does not take its new settings')
}

interface LogEntry {
  readonly dbname?: string
  readonly application_name?: string
  readonly message?: string
  readonly detail?: string
}

const isOf = (entry: LogEntry, database: string) => entry.dbname === database && entry.application_name === 'parley'

/** A session writes a statement to the log before it runs it, so what came before the end mark stands before it. */
async function readBetween(logFolder: string, begin: string, end: string): Promise<readonly LogEntry[]> {
  for (let tries = 0; tries < 500; tries++) {
    const entries = await readLog(logFolder)
    const from = entries.findIndex(({ message }) => message?.includes(begin))
    const until = entries.findIndex(({ message }) => message?.includes(end))
    if (from !== -1 && until !== -1) return entries.slice(from + 1, until)
    await wait(10)
  }
  throw new Error('Postgres did not log what it was asked to')
}

async function readLog(folder: string): Promise<readonly LogEntry[]> {
  const files = (await readdir(folder)).filter(name => name.endsWith('.json')).sort()
  const texts = await Promise.all(files.map(name => readFile(join(folder, name), 'utf8')))
  // The last line may not be whole yet.
  const lines = texts.flatMap(text => text.slice(0, text.lastIndexOf('\n') + 1).split('\n'))
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as LogEntry)
}

function toStatement({ message = '', detail = '' }: LogEntry): SentStatement {
  const text = message.replace(/^(execute [^:]*|statement): /, '')
  const values = [...detail.matchAll(/\$\d+ = (NULL|'((?:[^']|'')*)')/g)].map(([, written, quoted = '']) =>
    written === 'NULL' ? null : quoted.replaceAll("''", "'"),
  )
  return { text, values }
}
