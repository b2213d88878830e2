import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const folder = import.meta.dirname

/** Where the built page lies. */
export const pageFolder = join(folder, 'dist')
/** The program that builds it. */
export const buildPageFile = fileURLToPath(import.meta.url)

const hashFile = 'sources.sha256'
/** What the page is made from, beside the files of this folder. */
const outside = ['../package-lock.json', '../protocol']

/** Whether what lies in `dist` was built from the sources as they are now. */
export async function isPageBuilt(): Promise<boolean> {
  const built = await readFile(join(pageFolder, hashFile), 'utf8').catch(() => undefined)
  return built === hashSources()
}

/**
 * Bundles the page into `dist`, with each file also compressed. What lies there is replaced in one step, once all is
 * done: a server that starts at the same time, or a build that fails, leaves no half a page.
 */
export async function buildPage(): Promise<void> {
  const hash = hashSources()
  const [{ build }, { pageBundle }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  const made = await mkdtemp(join(folder, 'dist-'))
  try {
    await build({ ...pageBundle, build: { ...pageBundle.build, outDir: made, manifest: true }, logLevel: 'warn' })
    await Promise.all(filesIn(made).map(compress))
    await writeFile(join(made, hashFile), hash)
    await chmod(made, 0o755) // a temporary folder is its maker's alone
    await rm(pageFolder, { recursive: true, force: true })
    await rename(made, pageFolder)
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    if (!(await isPageBuilt())) throw error // another start may have been quicker
  }
}

const isSource = (path: string) => !/(^|[\\/])dist\b|\.test\.ts$|[\\/]testing[\\/]/.test(path)

function hashSources(): string {
  const hash = createHash('sha256')
  const files = [folder, ...outside.map(path => join(folder, path))].flatMap(filesIn)
  for (const file of files.filter(path => isSource(relative(folder, path))).sort()) {
    hash.update(relative(folder, file).replaceAll('\\', '/')).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function filesIn(path: string): string[] {
  if (!/\.\w+$/.test(path) || path.includes('dist-')) {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  }
  return [path]
}

/** Once here, at the highest level, instead of at every request. */
async function compress(file: string): Promise<void> {
  if (!/\.(js|css|svg|html|json|ttf)$/.test(file)) return
  const content = await readFile(file)
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  await writeFile(`${file}.br`, await promisify(brotliCompress)(content, quality))
  await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }))
}

if (process.argv[1] === buildPageFile) await buildPage()
