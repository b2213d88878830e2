import { readFileSync } from 'node:fs'

/** The files that a configuration was read from, as they were then: absolute path to text, or to why it could not be. */
export type FilesRead = ReadonlyMap<string, { readonly text: string } | { readonly code: string | undefined }>

/** Reads files, and remembers what it read. */
export function createFileReader(): { readonly files: FilesRead; readFile(path: string): string } {
  const files = new Map<string, { readonly text: string } | { readonly code: string | undefined }>()
  return {
    files,
    readFile(path) {
      try {
        const text = readFileSync(path, 'utf8')
        files.set(path, { text })
        return text
      } catch (error) {
        files.set(path, { code: error instanceof Error && 'code' in error ? String(error.code) : undefined })
        throw error
      }
    },
  }
}

/** Reads what was read before: a process that starts later gets the same configuration, whatever became of the files. */
export function readAgain(files: FilesRead): (path: string) => string {
  return path => {
    const read = files.get(path) ?? { code: 'ENOENT' }
    if ('text' in read) return read.text
    throw Object.assign(new Error('it could not be read'), { code: read.code })
  }
}
