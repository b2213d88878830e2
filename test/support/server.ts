/**
 * Real servers for the system tests: started as a user starts them, reached over HTTP, ended with everything they began.
 * Each gets a folder of its own to work in (its `parley.yaml` lies there) and, unless told otherwise, a fresh data folder.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findPostmaster } from '../../server/embedded/postgres/postmaster-file.ts'

/** Where clean-up is registered: the context of a test, or `fileScope()`. */
export interface Scope {
  after(work: () => Promise<void>): void
}

export interface ServerOptions {
  /** Beside what every server here gets; a name set to undefined is left out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The text of `parley.yaml`; none: no such file. */
  readonly yaml?: string
  /** That of an earlier server; else a fresh one. */
  readonly dataFolder?: string
  /** The program and its arguments, which get signals as one group, as from a terminal; else this Node on `startFile`. */
  readonly command?: readonly [string, ...string[]]
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A server's process, whether or not it came up. */
export interface ServerProcess {
  readonly pid: number
  readonly workFolder: string
  readonly dataFolder: string
  /** What it has said so far. */
  readonly stdout: string
  /** What it has logged so far, and its last words. */
  readonly stderr: string
  readonly exited: Promise<Exit>
  /** Its address, once it says that it is ready. Fails with its output when it ends before. */
  readonly ready: Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Ctrl-C, and the end of the process. */
  stop(): Promise<Exit>
}

export interface RunningServer extends ServerProcess {
  readonly url: string
  /** Calls `/api/v1` with the admin's key. A body that is text is sent as it is, any other as JSON. */
  api(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed; undefined where the answer is not JSON. */
  readonly body: unknown
}

/** The admin's key of every server here. */
export const adminKey = 'system-test-key-of-the-first-admin'

/** For `parley.yaml`: a test sends more at once than a user may. */
export const unlimited =
  'limits: { messages_per_minute: 0, requests_per_minute: 0, tokens_per_minute: 0, running_turns: 0 }\n'

/** Starts a server and waits until it is ready. It is ended, with its Postgres, at the end of the scope. */
export async function startServer(scope: Scope, options: ServerOptions = {}): Promise<RunningServer> {
  const server = await launchServer(scope, options)
  const url = await server.ready
  return Object.create(server, {
    url: { value: url },
    api: { value: (...call: Parameters<RunningServer['api']>) => callApi(url, ...call) },
  })
}

/** Starts a server and waits for nothing. */
export async function launchServer(scope: Scope, options: ServerOptions = {}): Promise<ServerProcess> {
  const root = await scratchFolder(scope)
  const workFolder = join(root, 'work')
  const dataFolder = options.dataFolder ?? join(root, 'data')
  await mkdir(workFolder)
  if (options.yaml !== undefined) await writeFile(join(workFolder, 'parley.yaml'), options.yaml)

  const [program, ...programArguments] = options.command ?? [process.execPath, startFile]
  const child = spawn(program, programArguments, {
    cwd: workFolder,
    env: { ...inherited(), PORT: '0', PARLEY_DATA: dataFolder, PARLEY_ADMIN_KEY: adminKey, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.command !== undefined,
  })
  const pid = child.pid ?? 0
  const kill = (signal: NodeJS.Signals) => {
    if (options.command === undefined) child.kill(signal)
    else if (child.exitCode === null && child.signalCode === null) process.kill(-pid, signal)
  }
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  const place = { dataFolder }
  living.add(place)
  void exited.then(() => living.delete(place))
  atEnd(scope, async () => {
    kill('SIGKILL')
    await exited
    // A Postgres that another server holds is that one's to end: it would bring it back.
    const shared = [...living].some(other => other.dataFolder === dataFolder)
    const postgres = shared ? undefined : await postmasterOf(place)
    if (postgres !== undefined) process.kill(postgres, 'SIGQUIT')
    const folders = shared ? [workFolder] : [workFolder, dataFolder]
    await until('the processes of a server are gone', async () => (await processesIn(...folders)).length === 0)
  })
  await once(child, 'spawn')

  const said = { stdout: '', stderr: '' }
  const ready = Promise.withResolvers<string>()
  ready.promise.catch(() => {}) // nobody may be waiting
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
    const url = /^Parley is ready at (\S+)$/m.exec(said.stdout)?.[1]
    if (url !== undefined) ready.resolve(url)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
    if (process.env.PARLEY_TEST_LOG) process.stderr.write(text) // for whoever looks into a failure
  })
  void exited.then(({ code, signal }) =>
    ready.reject(new Error(`the server ended (${signal ?? code}):\n${said.stdout}\n${said.stderr}`)),
  )
  return {
    pid,
    workFolder,
    dataFolder,
    get stdout() {
      return said.stdout
    },
    get stderr() {
      return said.stderr
    },
    exited,
    ready: ready.promise,
    kill,
    stop() {
      kill('SIGINT')
      return exited
    },
  }
}

/** Where servers of this file run now. */
const living = new Set<Pick<ServerProcess, 'dataFolder'>>()

/** Starts a server that is expected to give up, and waits for its end. */
export async function failToStart(scope: Scope, options: ServerOptions): Promise<ServerProcess & Exit> {
  const server = await launchServer(scope, options)
  return Object.assign(Object.create(server), await server.exited)
}

/** Options that start a server with `npm start`, which works in the project's folder, with `yaml` as its configuration. */
export async function throughNpm(scope: Scope, yaml = ''): Promise<ServerOptions> {
  const PARLEY_CONFIG = join(await scratchFolder(scope), 'parley.yaml')
  await writeFile(PARLEY_CONFIG, yaml)
  return { command: ['npm', '--prefix', dirname(dirname(startFile)), 'start'], env: { PARLEY_CONFIG } }
}

/** As `RunningServer.api` calls. */
export async function callApi(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminKey}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
}

/** The process of the Postgres that runs in a server's data folder, if one does. */
export async function postmasterOf({ dataFolder }: Pick<ServerProcess, 'dataFolder'>): Promise<number | undefined> {
  return (await findPostmaster(join(dataFolder, 'postgres', 'cluster')))?.pid
}

/** A process of this machine, as the system sees it. */
export interface SeenProcess {
  readonly pid: number
  /** Its command line, with spaces between. */
  readonly command: string
}

/** The processes that work in one of the folders, or name it on their command line. Only Linux can tell; elsewhere none. */
export async function processesIn(...folders: readonly string[]): Promise<readonly SeenProcess[]> {
  if (process.platform !== 'linux') return []
  const pids = (await readdir('/proc')).map(Number).filter(pid => pid > 0)
  const seen = await Promise.all(
    pids.map(async pid => {
      // A process that has ended, but whose parent has not noticed, has neither.
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => '')
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim()
      return { pid, place, command }
    }),
  )
  return seen.filter(({ place, command }) => folders.some(folder => `${place} ${command}`.includes(folder)))
}

/**
 * Waits until no process works in the folders or names them: at most a moment, in which the probe that a loading model
 * starts beside itself notices that its parent is gone.
 */
export async function untilNothingIsLeft(...folders: readonly string[]): Promise<void> {
  await until('nothing is left of the server', async () => (await processesIn(...folders)).length === 0, 5_000)
}

/** Resolves with what the condition answered once that is neither false nor nothing; rejects after `limitMs`. */
export async function until<Value>(
  what: string,
  condition: () => Value | NotYet | Promise<Value | NotYet>,
  limitMs = 20_000,
): Promise<Value> {
  for (const deadline = performance.now() + limitMs; performance.now() < deadline; await delay(10)) {
    const value = await condition()
    if (value !== false && value !== undefined) return value
  }
  throw new Error(`waited ${limitMs / 1_000} s in vain until ${what}`)
}

type NotYet = false | undefined

/** A fresh folder, removed at the end of the scope. */
export async function scratchFolder(scope: Scope): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'parley-system-')))
  atEnd(scope, () => rm(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The scope of a whole test file. To be called at its top level, where the runner still takes the file's hooks. */
export function fileScope(): Scope {
  const scope: Scope = { after }
  atEnd(scope, async () => {})
  return scope
}

/** Does `work` at the end of the scope, the last registered first, and all of it even where some fails. */
export function atEnd(scope: Scope, work: () => unknown): void {
  const known = works.get(scope)
  if (known !== undefined) {
    known.push(work)
    return
  }
  const list = [work]
  works.set(scope, list)
  scope.after(async () => {
    const failures: unknown[] = []
    for (const one of list.reverse()) {
      try {
        await one()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'the clean-up failed')
  })
}

const works = new WeakMap<Scope, (() => unknown)[]>()

/** What `npm start` runs. */
export const startFile = fileURLToPath(new URL('../../server/start.mjs', import.meta.url))

/** Of this process's environment only what programs need to run at all: a setting of the developer's must not decide. */
const inherited = () =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'SystemRoot'].map(name => [name, process.env[name]]))
