/**
 * The child process of `startModel`. It lives exactly as long as its parent's IPC channel: a parent killed with -9 closes
 * it too, and then nothing may keep running a model for nobody.
 */
import { type ChildMessage, Start } from './channel.ts'

// SIGKILL, because process.exit() waits for the native decode or load in progress, and there is no state to save.
const die = () => process.kill(process.pid, 'SIGKILL')

process.on('disconnect', die)
// Ctrl-C and a closed terminal reach the whole process group; the parent decides, since it may still be draining.
process.on('SIGINT', () => {})
process.on('SIGHUP', () => {})

process.on('uncaughtException', error => {
  const fields = { stack: error.stack }
  send({ type: 'log', level: 'error', fields, message: 'the model process threw' }, () => process.exit(1))
})

process.once('message', async message => {
  // Imported late: loading the native library takes 0.3 s, in which the handlers above must already stand.
  const { serveModel } = await import('./serve-model.ts')
  await serveModel(Start.parse(message), message => send(message))
})

if (!process.connected) die()

function send(message: ChildMessage, sent = () => {}): void {
  // A parent that died meanwhile is dealt with by 'disconnect'.
  process.send?.(message, undefined, {}, sent)
}
