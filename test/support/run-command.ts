import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Scope, scratchFolder } from './server.ts'

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `npx parley` with these arguments, in a folder of its own and with only this environment, to its end. */
export async function runCommand(
  scope: Scope,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const { PATH = '', HOME = '' } = process.env
  const options = { cwd: await scratchFolder(scope), env: { PATH, HOME, ...env }, timeout: 60_000 }
  return new Promise(resolve => {
    execFile(process.execPath, [commandFile, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    )
  })
}

const commandFile = fileURLToPath(new URL('../../server/parley.mjs', import.meta.url))
