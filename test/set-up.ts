import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startPostgres } from '../server/embedded/index.ts'
import { buildPage, isPageBuilt } from '../web/build-page.ts'

/** One real Postgres for all tests of a run; each test file makes databases of its own in it (test/support/database.ts). */
let folder: string
let postgres: EmbeddedPostgres

export async function globalSetup(): Promise<void> {
  // Once, before dozens of servers would do it at the same time.
  if (!(await isPageBuilt())) await buildPage()
  folder = await mkdtemp(join(tmpdir(), 'parley-test-'))
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  postgres = await startPostgres({ folder: join(folder, 'postgres'), log: quiet })
  process.env.PARLEY_TEST_POSTGRES = JSON.stringify(postgres.connection)
}

export async function globalTeardown(): Promise<void> {
  await postgres.stop()
  await rm(folder, { recursive: true })
}
