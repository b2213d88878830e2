import { readFile } from 'node:fs/promises'
import { systemCode } from './start-error.ts'

/** The text of a file, undefined when there is none; every other failure rejects. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error))) return undefined
    throw error
  }
}
