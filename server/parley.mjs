#!/usr/bin/env node
// Plain JavaScript, which any Node reads: one that is too old hands over to the Node that Parley brings.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const entry = fileURLToPath(new URL('./commands/parley.ts', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= 26) {
  await import('./commands/parley.ts')
} else {
  const own = findOwnNode()
  if (own === undefined) {
    process.stderr.write(`Parley needs Node 26, this is ${process.version}: \`npm install\` brings the right one.\n`)
    process.exit(2)
  }
  const child = spawn(own, [entry, ...process.argv.slice(2)], { stdio: 'inherit' })
  // A terminal sends Ctrl-C to both; the child decides what follows from it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', () => {
    process.stderr.write(`Parley cannot run its own Node, "${own}": \`npm install\` repairs it.\n`)
    process.exit(2)
  })
  child.on('close', code => process.exit(code ?? 2))
}

/** The program of the npm package `node`. */
function findOwnNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'))
    return join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  } catch {
    return undefined
  }
}
