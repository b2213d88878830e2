import { readFileSync } from 'node:fs'

/** A file's text, or why it could not be read. */
export type FileAsRead = { readonly text: string } | { readonly code: string | undefined }

/** The files that a configuration was read from, as they were then, by their absolute paths. */
export type FilesRead = ReadonlyMap<string, FileAsRead>

/** Reads files, and remembers what it read. */
export function createFileReader(): { readonly files: FilesRead; readFile(path: string): string } {
  const files = new Map<string, FileAsRead>()
  return {
    files,
    readFile(path) {
      try {
        const text = readFileSync(path, 'utf8')
        files.set(path, { text })
        return text
      } catch (error) {
        files.set(path, { code: codeOf(error) })
        throw error
      }
    },
  }
}

/** What the system calls the reason for which a file could not be read. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** Reads what was read before: a process that starts later gets the same configuration, whatever became of the files. */
export function readAgain(files: FilesRead): (path: string) => string {
  return path => {
    const read = files.get(path) ?? { code: 'ENOENT' }
    if ('text' in read) return read.text
    throw Object.assign(new Error('it could not be read'), { code: read.code })
  }
}
