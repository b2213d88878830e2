// Plain JavaScript, so that any Node can read it and say what is wrong: an older one stops at the first line of TypeScript.
const major = Number.parseInt(process.versions.node, 10)
if (major < 26) {
  process.stderr.write(`Parley needs Node 26, this is ${process.version}: use \`npm start\`, which brings its own.\n`)
  process.exit(1)
}
await import('./main.ts')
