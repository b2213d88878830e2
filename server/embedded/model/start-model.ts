import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from '#kit'
import type { Start } from './channel.ts'
import { type ModelProcess, startModelProcess } from './model-process.ts'

export interface ModelOptions {
  /** The name under which it is listed. */
  readonly name: string
  /** Path of the GGUF. */
  readonly file: string
  /** Prompt and answer of one chat together; undefined: what the model was trained on, at most 8192. */
  readonly contextTokens?: number | undefined
  /** Chats at once. Each takes the memory of a whole context. */
  readonly parallel?: number | undefined
  /** Undefined: 1 for a small model, else one less than there are cores. */
  readonly threads?: number | undefined
  /** For requests that name none. */
  readonly temperature?: number | undefined
  /** Restarts in a row before it is given up; a child that lived for a minute begins a new row. */
  readonly restarts?: number | undefined
  readonly log: Log
  /** Gives up loading; the model of a settled `startModel` is ended by `stop`. */
  readonly signal?: AbortSignal | undefined
}

/** A model served by a child process at an OpenAI-compatible endpoint on the loopback interface. */
export interface EmbeddedModel {
  readonly name: string
  /** Up to and including `/v1`. It stays the same over restarts; connections are refused while one is under way. */
  readonly url: string
  /** The bearer token that the endpoint asks for. */
  readonly apiKey: string
  /** What one chat really has, prompt and answer together. */
  readonly contextTokens: number
  /** Of the child that runs now or ran last. */
  readonly pid: number
  /** Settles when nothing will serve any more: undefined after `stop`, an Error after too many deaths. Never rejects. */
  readonly exited: Promise<Error | undefined>
  /** Ends the child, with every answer in progress; settles when it is gone. */
  stop(): Promise<void>
}

const defaultParallel = 4
const defaultRestarts = 5
/** The n-th restart in a row waits 2^n times this. */
const firstPauseMs = 250
/** A child that lived this long was sound: its death begins a new row. */
const steadyMs = 60_000

/**
 * Loads a GGUF in a child process and serves it. Rejects with an Error whose message is one sentence that names the file
 * and the reason when it is missing, damaged or too large; no process is left then. A child that dies later is
 * restarted on the same port. The child never outlives this process.
 */
export async function startModel(options: ModelOptions): Promise<EmbeddedModel> {
  const { name, file, log } = options
  const failure = (reason: string, cause?: unknown) =>
    new Error(`The model file "${file}" could not be loaded: ${reason}.`, { cause })
  await checkFile(file).catch((error: unknown) => {
    throw failure(reasonOf(error), error)
  })

  const stopping = new AbortController()
  const start: Start = {
    type: 'start',
    name,
    file,
    contextTokens: options.contextTokens,
    parallel: options.parallel ?? defaultParallel,
    threads: options.threads,
    temperature: options.temperature,
    apiKey: randomBytes(32).toString('base64url'),
    port: 0,
  }
  const loading = options.signal ? AbortSignal.any([stopping.signal, options.signal]) : stopping.signal
  let child = await startModelProcess(start, log, loading).catch((error: unknown) => {
    throw loading.aborted ? error : failure(reasonOf(error), error)
  })
  const { port, contextTokens } = child

  const exited = superviseChild({
    first: child,
    restarts: options.restarts ?? defaultRestarts,
    restart: () => startModelProcess({ ...start, port, contextTokens }, log, stopping.signal),
    onRestart: next => {
      child = next
    },
    log,
    name,
    signal: stopping.signal,
  })
  return {
    name,
    url: `http://127.0.0.1:${port}/v1`,
    apiKey: start.apiKey,
    contextTokens,
    get pid() {
      return child.pid
    },
    exited,
    async stop() {
      stopping.abort()
      await child.stop()
      await exited
    },
  }
}

interface Supervision {
  readonly first: ModelProcess
  readonly restarts: number
  readonly restart: () => Promise<ModelProcess>
  readonly onRestart: (child: ModelProcess) => void
  readonly log: Log
  readonly name: string
  readonly signal: AbortSignal
}

/** Restarts the child whenever it ends, until `signal` aborts or too many restarts in a row came to nothing. */
async function superviseChild(supervision: Supervision): Promise<Error | undefined> {
  const { restarts, log, name, signal } = supervision
  let child: ModelProcess | undefined = supervision.first
  let inARow = 0
  for (;;) {
    if (child !== undefined) {
      const startedAt = performance.now()
      if (signal.aborted) await child.stop() // stopped in the moment in which a restart succeeded
      const how = await child.ended
      if (signal.aborted) return undefined
      if (performance.now() - startedAt >= steadyMs) inARow = 0
      log.error({ model: name, how, restarts: inARow }, 'a model process died')
    }
    if (inARow === restarts) return new Error(`The model "${name}" died ${restarts + 1} times in a row.`)
    try {
      await delay(firstPauseMs * 2 ** inARow, undefined, { signal })
      inARow += 1
      child = await supervision.restart()
      supervision.onRestart(child)
    } catch (error) {
      if (signal.aborted) return undefined
      child = undefined
      log.error({ model: name, reason: reasonOf(error) }, 'a model process could not be restarted')
    }
  }
}

/** What can be told without a child: whether the file is there and says that it is a GGUF. */
async function checkFile(file: string): Promise<void> {
  const handle = await open(file)
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    if (buffer.toString('latin1') !== 'GGUF') throw new Error('it is not a GGUF file')
  } finally {
    await handle.close()
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const code = 'code' in error ? String(error.code) : ''
  return fileErrors[code] ?? error.message
}

const fileErrors: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  EISDIR: 'it is a folder',
}
