import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { JudgedPromise } from './judgement.ts'
import { type Stage, sharedSecret, thisCheckout } from './stage.ts'

const run = promisify(execFile)

/** What `npx parley verify` makes of the database that a run leaves behind. */
export async function verifyDatabase({ folder, postgres }: Stage): Promise<JudgedPromise> {
  const command = [join(thisCheckout, 'server/commands/parley.ts'), 'verify', '--json']
  const env = { PATH: process.env.PATH, DATABASE_URL: postgres.urlFor('verify'), PARLEY_SECRET: sharedSecret }
  const { stdout } = await run(process.execPath, command, { cwd: folder, env, maxBuffer: mostBytes }).catch(toOutput)
  const { checks } = JSON.parse(stdout) as Report
  const broken = checks.filter(({ violations }) => violations > 0)
  const measured = broken.map(({ name, violations }) => `${violations} of ${name}`).join(', ') || '0'
  return { name: 'what `parley verify` finds in the database', target: '0', measured, kept: broken.length === 0 }
}

const mostBytes = 16_777_216

interface Report {
  readonly checks: readonly { readonly name: string; readonly violations: number }[]
}

/** It ends with 1 where it finds something, and tells what. */
function toOutput(error: unknown): { readonly stdout: string } {
  if (error instanceof Error && 'code' in error && error.code === 1 && 'stdout' in error)
    return { stdout: String(error.stdout) }
  throw error
}
