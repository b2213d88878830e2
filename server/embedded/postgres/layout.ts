import { chmod, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StartError, systemCode } from './start-error.ts'

/** The folders of one embedded Postgres; all of them 0700 and below the one folder that it is given. */
export interface Layout {
  readonly folder: string
  /** Postgres's data folder. It is there as a whole or not at all. */
  readonly cluster: string
  readonly socket: string
  readonly log: string
}

/** Where Postgres is reached: through a socket in our folder, or, with a password, on a port of this machine. */
export type Reach = { readonly kind: 'socket' } | { readonly kind: 'port'; readonly port: number }

/** The number in a socket's name. Nothing listens on that port. */
export const socketNumber = 5432

/** Makes the folder if it isn't there and closes it to everybody else. Paths in the layout are absolute and real. */
export async function openFolder(folder: string): Promise<Layout> {
  await makeFolder(folder)
  const real = await realpath(folder)
  await chmod(real, 0o700)
  return layoutOf(real)
}

/** The layout of a folder, by its real path. */
export const layoutOf = (folder: string): Layout => ({
  folder,
  cluster: join(folder, 'cluster'),
  socket: join(folder, 'socket'),
  log: join(folder, 'log'),
})

/** Node's recursive mkdir reports a read-only disk as a missing folder, so the steps are taken one by one. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 })
  } catch (error) {
    const parent = dirname(folder)
    if (systemCode(error) === 'ENOENT' && parent !== folder) {
      await makeFolder(parent)
      await mkdir(folder, { mode: 0o700 })
    } else if (systemCode(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error
  }
}

/** Makes the folders beside the data, each handed to Postgres's user by `own`. */
export async function makeFolders(layout: Layout, own: (path: string) => Promise<void>): Promise<void> {
  for (const path of [layout.socket, layout.log]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
    await chmod(path, 0o700)
    await own(path)
  }
}

/** A socket's path holds about 104 bytes on macOS and 108 on Linux; Windows has no sockets that `pg` could use. */
export function fitsSocket(layout: Layout, platform: string): boolean {
  return platform !== 'win32' && Buffer.byteLength(join(layout.socket, `.s.PGSQL.${socketNumber}`)) <= 100
}

/**
 * The password of both roles, 0600 beside the data it opens. It is asked for on a port only: the socket lies in a folder
 * that nobody else can enter, where a password would add a secret to lose and a key derivation to every connection.
 */
export const passwordFile = (cluster: string) => join(cluster, 'parley-password')

export async function readPassword(layout: Layout): Promise<string> {
  try {
    return (await readFile(passwordFile(layout.cluster), 'utf8')).trim()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw new StartError(
      'failed',
      `The file "${passwordFile(layout.cluster)}" is missing, and without it Postgres lets nobody in on a port. ` +
        'Bring it back from a backup, or move the folder to a shorter path, where no password is asked for.',
      error,
    )
  }
}
