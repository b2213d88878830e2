import { explainFailure } from '../explain-failure.ts'
import { admin } from './admin.ts'
import { type Command, UsageError } from './command.ts'
import { verify } from './verify.ts'

/** What operators do beside the running server, in the order of the help. One file each. */
const commands: readonly Command[] = [admin, verify]

process.exitCode = await main(process.argv.slice(2))
process.exit()

/** Runs the command and returns its exit code: 2 where the call makes no sense, or it could not do its work. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === 'help' || name === '--help') return help(args[0])
  const command = commands.find(known => known.name === name)
  if (command === undefined) {
    remark(`${name === undefined ? '' : `There is no command "${name}".\n\n`}${overview()}`)
    return 2
  }
  if (args.includes('--help')) return help(name)
  try {
    return await command.run(args, {
      env: process.env,
      cwd: process.cwd(),
      signal: firstSignal(),
      print,
      remark,
      interactive: process.stderr.isTTY === true,
    })
  } catch (error) {
    remark(error instanceof UsageError ? `${error.message}\n\n${command.help}\n` : `${explainFailure(error)}\n`)
    return 2
  }
}

function help(name: string | undefined): number {
  const command = commands.find(known => known.name === name)
  print(command === undefined ? overview() : `${command.help}\n`)
  return 0
}

function overview(): string {
  return `Usage: npx parley <command>

${commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}
  ${'help'.padEnd(12)}this list, or with a command's name what that takes

\`npm start\` starts the server. Commands read the same environment and parley.yaml as it does.
`
}

/** A second signal ends the process at once. */
function firstSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  return controller.signal
}

function print(text: string): void {
  process.stdout.write(text)
}

function remark(text: string): void {
  process.stderr.write(text)
}
