import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { codeOf, type FileAsRead, type FilesRead } from './files-read.ts'
import type { Reading } from './reading.ts'

export interface WatchOptions {
  /** The files of the first reading: `parley.yaml`, and those that it names. */
  readonly files: FilesRead
  readonly read: () => Reading
  /** Told when what is in the files has changed, with what it is now. */
  readonly onReading: (reading: Reading) => void
}

export interface ConfigWatch {
  /** Reads at once, changed or not. */
  readNow(): void
  stop(): void
}

const everyMs = 2_000
/** Whoever writes a file in place leaves it empty or half written for a moment. */
const settledMs = 200

/**
 * Looks at the content of the files every two seconds. The system's own notices of changes are of no use: editors put
 * another file in the place of the old one, and an orchestrator turns a link to another folder.
 */
export function watchConfig({ files, read, onReading }: WatchOptions): ConfigWatch {
  let known = files
  let stopped = false
  let timer = setTimeout(look, everyMs)

  function readNow(): void {
    const reading = read()
    known = reading.files
    onReading(reading)
  }

  function look(): void {
    void lookAt(known).then(async changed => {
      const settled = changed === undefined || (await hasSettled(changed))
      if (stopped) return
      if (changed !== undefined && settled) readNow()
      timer = setTimeout(look, settled ? everyMs : 0)
    })
  }

  return {
    readNow,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}

async function hasSettled(files: FilesRead): Promise<boolean> {
  await wait(settledMs)
  return (await lookAt(files)) === undefined
}

/** The files as they are now, where one of them has changed. */
async function lookAt(known: FilesRead): Promise<FilesRead | undefined> {
  const now = await Promise.all([...known].map(async ([path, was]) => [path, was, await readAsIs(path)] as const))
  if (now.every(([, was, is]) => same(was, is))) return undefined
  return new Map(now.map(([path, , is]) => [path, is]))
}

const readAsIs = (path: string): Promise<FileAsRead> =>
  readFile(path, 'utf8').then(
    text => ({ text }),
    (error: unknown) => ({ code: codeOf(error) }),
  )

const same = (one: FileAsRead, other: FileAsRead) =>
  'text' in one ? 'text' in other && one.text === other.text : !('text' in other) && one.code === other.code
