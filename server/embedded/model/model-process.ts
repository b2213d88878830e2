import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Log } from '#kit'
import { ChildMessage, type Start } from './channel.ts'

/** One running child that has loaded its model and listens. */
export interface ModelProcess {
  readonly pid: number
  readonly port: number
  readonly contextTokens: number
  /** Settles when the process is gone, with how it ended: `SIGSEGV`, `exit code 1`, and llama.cpp's last words. Never rejects. */
  readonly ended: Promise<string>
  /** Ends it at once; settles when it is gone. */
  stop(): Promise<void>
}

/** A child that loads makes some progress within this time, or is given up. */
const longestSilenceMs = 60_000

/**
 * Starts a child and waits until it listens. Rejects with an Error whose message is half a sentence (why the model could not
 * be loaded) or with the signal's reason; the child is gone by then.
 */
export async function startModelProcess(start: Start, log: Log, signal: AbortSignal): Promise<ModelProcess> {
  signal.throwIfAborted()
  const child = fork(fileURLToPath(new URL('model-child.ts', import.meta.url)), [], {
    // No secret of the server's environment reaches native code that reads strangers' files. The variable keeps
    // llama.cpp from starting a debugger on itself when it aborts.
    env: { GGML_NO_BACKTRACE: '1' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  log.debug({ model: start.name, pid: child.pid }, 'a model process was started')
  const errors = tailOf(child)
  const ended = new Promise<string>(resolve => {
    child.once('close', (code, killedBy) =>
      resolve([killedBy ?? `exit code ${code}`, assertion(errors())].filter(Boolean).join(', ')),
    )
    child.on('error', error => child.pid === undefined && resolve(error.message))
  })
  const stop = async () => {
    child.kill('SIGKILL') // it has nothing to save, and a native call in progress would outlast anything milder
    await ended
  }
  try {
    const { port, contextTokens } = await untilReady(child, start, log, signal, ended)
    return { pid: child.pid ?? 0, port, contextTokens, ended, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

type Ready = Extract<ChildMessage, { type: 'ready' }>

function untilReady(
  child: ChildProcess,
  start: Start,
  log: Log,
  signal: AbortSignal,
  ended: Promise<string>,
): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const silence = setTimeout(() => reject(new Error('it made no progress for a minute')), longestSilenceMs)
    const aborted = () => reject(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    const settled = () => {
      clearTimeout(silence)
      signal.removeEventListener('abort', aborted)
    }
    child.on('message', data => {
      const message = ChildMessage.parse(data)
      switch (message.type) {
        case 'loading':
          silence.refresh()
          break
        case 'ready':
          settled()
          log.info({ model: start.name, loadMs: message.loadMs, threads: message.threads }, 'a model was loaded')
          resolve(message)
          break
        case 'failed':
          settled()
          reject(new Error(message.reason))
          break
        case 'log':
          log[message.level](message.fields, message.message)
          break
      }
    })
    void ended.then(how => {
      settled()
      reject(new Error(`the loader crashed (${how})`))
    })
    child.send(start, error => error && log.debug({ model: start.name }, 'a model process ended before it started'))
  })
}

/** The last bytes that the child wrote to stderr. */
function tailOf(child: ChildProcess): () => string {
  let tail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    tail = (tail + text).slice(-4096)
  })
  return () => tail
}

const assertion = (errors: string) => /GGML_ASSERT\(.*\) failed/.exec(errors)?.[0]
