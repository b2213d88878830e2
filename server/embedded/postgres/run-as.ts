import { type ExecFileOptions, execFile } from 'node:child_process'
import { chown, readdir, readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { StartError } from './start-error.ts'

/** A program and its arguments as they must be spawned so that Postgres is willing to run. */
export type RunAs = (
  program: string,
  args: readonly string[],
) => {
  readonly command: readonly [string, ...string[]]
  readonly options: Pick<ExecFileOptions, 'uid' | 'gid' | 'env' | 'cwd' | 'windowsHide'>
}

export interface Runner {
  readonly runAs: RunAs
  /** Hands a file or folder that this process made to the user that Postgres runs as. */
  own(path: string): Promise<void>
}

/**
 * Chooses the user Postgres runs as: this process's own, but for root, whom Postgres refuses. For root:
 *
 * 1. a folder that belongs to another user: that user, so that they can run Parley on it themselves at another time;
 * 2. else a user namespace in which root looks like `nobody`. Outside of it the files belong to root, and so does a data
 *    folder made in this way at any later start;
 * 3. where that is forbidden (most containers): the user `postgres` or `nobody`, to whom the folder is given once. From
 *    then on case 1 holds.
 *
 * `folder` must exist. Throws `StartError` where none of these works.
 */
export async function chooseRunner(folder: string, program: string): Promise<Runner> {
  const uid = process.getuid?.()
  if (uid === undefined || (uid !== 0 && hasName())) return asThisProcess
  const owner = await stat(folder)
  if (uid === 0 && owner.uid !== 0) return asUser({ name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid }, program)
  if (await namespaceWorks()) return inNamespace
  if (uid !== 0) return asThisProcess
  const user = await findLowlyUser()
  if (user === undefined) {
    throw new StartError(
      'not_allowed',
      `Postgres does not run as root, and this system has neither user namespaces nor a user "postgres" or "nobody". ` +
        `Start Parley as an ordinary user that owns "${folder}", or use a Postgres of your own with DATABASE_URL.`,
    )
  }
  return giveFolderTo(user, folder, program)
}

/** What `chooseRunner` does in its third case. */
export async function giveFolderTo(user: User, folder: string, program: string): Promise<Runner> {
  await checkPath(user, dirname(folder))
  const runner = await asUser(user, program)
  await chownTree(folder, user)
  return runner
}

export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The first of `postgres` and `nobody` that this system knows. */
export async function findLowlyUser(): Promise<User | undefined> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  for (const name of ['postgres', 'nobody']) {
    const entry = lines.find(fields => fields[0] === name)
    if (entry) return { name, uid: Number(entry[2]), gid: Number(entry[3]) }
  }
  return undefined
}

/**
 * The programs get nothing of our environment: it holds secrets, and a PG... or LC_... of the operator would bend what
 * is set on purpose. Windows adds what it can not do without by itself.
 */
const options = {
  env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
  cwd: '/',
  windowsHide: true,
}

const asThisProcess: Runner = {
  runAs: (program, args) => ({ command: [program, ...args], options }),
  own: async () => {},
}

const disguise = ['--user', '--map-user=65534', '--map-group=65534'] as const

const inNamespace: Runner = {
  runAs: (program, args) => ({ command: ['unshare', ...disguise, program, ...args], options }),
  own: async () => {},
}

async function asUser(user: User, program: string): Promise<Runner> {
  await checkPath(user, dirname(program))
  const { uid, gid } = user
  return {
    runAs: (name, args) => ({ command: [name, ...args], options: { ...options, uid, gid } }),
    own: path => chown(path, uid, gid),
  }
}

/** A container may run under a number that no name belongs to; initdb refuses that as well. */
function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

function namespaceWorks(): Promise<boolean> {
  return new Promise(resolve => {
    execFile('unshare', [...disguise, 'true'], { ...options, timeout: 5_000 }, error => resolve(error === null))
  })
}

/** Every folder down to `path` must let the user pass; a project below /root usually does not. */
async function checkPath(user: User, path: string): Promise<void> {
  const parent = dirname(path)
  if (parent !== path) await checkPath(user, parent)
  const { uid, gid, mode } = await stat(path)
  const pass = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  if (mode & pass) return
  throw new StartError(
    'not_allowed',
    `Postgres does not run as root, so it runs as ${user.name} here, who may not enter "${path}". ` +
      `Allow it with "chmod o+x ${path}", move Parley and its data elsewhere, or start it as an ordinary user.`,
  )
}

/** The folder itself comes last: until then its owner is the old one, and a walk that was cut short is done again. */
async function chownTree(folder: string, user: User): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await chownTree(path, user)
    else if (entry.isFile()) await chown(path, user.uid, user.gid)
  }
  await chown(folder, user.uid, user.gid)
}
