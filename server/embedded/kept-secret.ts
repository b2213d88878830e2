import { randomBytes } from 'node:crypto'
import { link, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The secret of an instance with an embedded database, which keeps both in one folder: made at the first start, readable
 * by its owner alone. Whoever copies the folder has all that belongs together.
 */
export async function keptSecret(folder: string): Promise<string> {
  const file = join(folder, 'secret')
  const kept = await readFile(file, 'utf8').catch(missing)
  if (kept !== undefined) return kept.trim()
  // Written beside it and linked into place: a crash leaves no half of a secret, and of two starts the first one wins.
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true })
  try {
    await link(draft, file).catch(alreadyThere)
  } finally {
    await unlink(draft)
  }
  return (await readFile(file, 'utf8')).trim()
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

function alreadyThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}
