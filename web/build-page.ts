import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const root = join(import.meta.dirname, '..')
const distFolder = join(root, 'dist')

/** Where the built page lies. */
export const pageFolder = join(distFolder, 'page')
/** The program that builds it. */
export const buildPageFile = fileURLToPath(import.meta.url)

const hashFile = 'sources.sha256'
/** What the page is made from. */
const sources = ['web', 'protocol', 'package-lock.json']

/** Whether the page that lies there was built from the sources as they are now. */
export async function isPageBuilt(): Promise<boolean> {
  const built = await readFile(join(pageFolder, hashFile), 'utf8').catch(() => undefined)
  return built === hashSources()
}

/**
 * Bundles the page, each file also compressed. It takes the place of the one before only when all is done: a server that
 * starts at the same time finds no half a page, and a build that fails leaves the old one.
 */
export async function buildPage(): Promise<void> {
  const hash = hashSources()
  const [{ build }, { pageBundle }] = await Promise.all([import('vite'), import('./vite.config.ts')])
  await mkdir(distFolder, { recursive: true })
  const [made, old] = await Promise.all([mkdtemp(join(distFolder, 'new-')), mkdtemp(join(distFolder, 'old-'))])
  try {
    await build({
      ...pageBundle,
      build: { ...pageBundle.build, outDir: made, emptyOutDir: true, manifest: true },
      logLevel: 'warn',
    })
    await Promise.all(filesIn(made).map(compress))
    await writeFile(join(made, hashFile), hash)
    await chmod(made, 0o755) // a temporary folder is its maker's alone
    await rename(pageFolder, join(old, 'page')).catch(() => {}) // none was there
    await rename(made, pageFolder)
  } catch (error) {
    if (!(await isPageBuilt())) throw error // another start may have been quicker
  } finally {
    await Promise.all([made, old].map(folder => rm(folder, { recursive: true, force: true })))
  }
}

const isSource = (path: string) => !/\.test\.ts$|[\\/]testing[\\/]/.test(path)

function hashSources(): string {
  const hash = createHash('sha256')
  const files = sources.flatMap(source => filesIn(join(root, source)))
  for (const file of files.filter(isSource).sort()) {
    hash.update(relative(root, file).replaceAll('\\', '/')).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

/** The files of a folder and all below it; of a file, itself. */
function filesIn(path: string): string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
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
