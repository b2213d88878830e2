import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Layout, Reach } from './layout.ts'
import { readIfThere } from './read-if-there.ts'

/** The line of postgresql.conf that takes our settings in. What an operator writes below it wins. */
export const includeLine = "include 'parley.conf'"

/**
 * Writes `parley.conf` into the data folder. Nothing is written when it says so already, so that a start does not need
 * a disk with space, and of two starts at once the second changes nothing.
 */
export async function writeSettings(layout: Layout, reach: Reach, own: (path: string) => Promise<void>): Promise<void> {
  const file = join(layout.cluster, 'parley.conf')
  const text = settingsText(layout, reach)
  if ((await readIfThere(file)) === text) return
  const draft = `${file}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600 })
  await own(draft)
  await rename(draft, file)
}

function settingsText(layout: Layout, reach: Reach): string {
  const lines = Object.entries({ ...settings, ...listen(layout, reach) }).map(
    ([key, value]) => `${key} = ${quote(value)}`,
  )
  return `# Written by Parley at its start. Your own settings: below the include line of postgresql.conf.\n${lines.join('\n')}\n`
}

function listen(layout: Layout, reach: Reach) {
  return reach.kind === 'socket'
    ? { listen_addresses: '', unix_socket_directories: layout.socket, unix_socket_permissions: '0700' }
    : { listen_addresses: '127.0.0.1', unix_socket_directories: '' }
}

const settings = {
  cluster_name: 'parley',
  max_connections: '100',
  shared_buffers: '128MB',
  // Durability is a promise: an acknowledged message survives a pulled plug.
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Our statements take milliseconds; compiling them first would take longer.
  jit: 'off',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // We read Postgres's own words at a failed start.
  lc_messages: 'C',
  // One file a weekday, overwritten a week later: bounded while it runs, and the last days are there after a crash.
  logging_collector: 'on',
  log_directory: '../log',
  log_filename: 'postgres-%a.log',
  log_file_mode: '0600',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  // No user's text may land in a log. An ERROR may quote a value ("invalid input syntax for type uuid: ...") and Parley
  // receives it anyway, so the level above it is the first to be written: LOG, FATAL and PANIC, which tell of the server.
  // Terse leaves out the DETAIL, which quotes keys and the statement a crashed process ran.
  log_min_messages: 'log',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_statement: 'none',
  log_checkpoints: 'off',
}

const quote = (value: string) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
