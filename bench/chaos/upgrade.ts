import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { progress, type Started } from '../run-bench.ts'
import { type LoadOptions, startLoad } from './run-under-faults.ts'
import { type Stage, thisCheckout } from './stage.ts'

const run = promisify(execFile)

/** An older version of this checkout, as it stands in git, beside it. Removed at the end. */
export async function checkOut(started: Started, ref: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-chaos-old-'))
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  const archive = join(folder, 'old.tar')
  const checkout = join(folder, 'checkout')
  await mkdir(checkout)
  await run('git', ['-C', thisCheckout, 'archive', '--output', archive, ref])
  await run('tar', ['-xf', archive, '-C', checkout])
  await symlink(join(thisCheckout, 'node_modules'), join(checkout, 'node_modules'))
  return checkout
}

/** The newest tag, or else the commit before this one. */
export async function olderVersion(): Promise<string> {
  const { stdout } = await run('git', ['-C', thisCheckout, 'tag', '--sort=-creatordate'])
  return stdout.split('\n').find(tag => tag !== '') ?? 'HEAD~1'
}

/**
 * Under load, one replica after the other is ended as a roll-out ends it and comes back as this checkout's; each of the
 * two versions has `aloneMs` with the other beside it.
 */
export async function upgradeUnderLoad(started: Started, stage: Stage, options: LoadOptions, aloneMs: number) {
  const load = await startLoad(started, stage, options)
  const before = await schemaVersion(stage)
  for (const replica of stage.replicas) {
    await wait(aloneMs)
    replica.useCheckout(thisCheckout)
    const turnIds = await replica.ownedTurns()
    const at = Date.now()
    progress(`  ${replica.name} is ended, and comes back as the new version`)
    await replica.drain()
    await replica.ready()
    const target = `${replica.name}, ${turnIds.length} turns`
    load.history.write({ type: 'fault', at, healedAt: Date.now(), name: 'upgrade', target, turnIds })
  }
  await wait(aloneMs)
  const outcome = await load.finish()
  return { ...outcome, migrations: { before, after: await schemaVersion(stage) } }
}

async function schemaVersion({ postgres }: Stage): Promise<number> {
  const [row] = await postgres.query<{ version: number }>('SELECT max(version) AS version FROM schema_migrations')
  return row?.version ?? 0
}
