import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Log } from '#kit'
import { type EmbeddedModel, startModel } from './model/start-model.ts'

/** A GGUF file to be run here, under a name that users may pick. */
export interface LocalModel {
  readonly name: string
  readonly file: string
  /** Undefined: what the file says, at most 8,192. */
  readonly contextTokens?: number | undefined
  /** Chats at once. */
  readonly parallel?: number | undefined
  readonly temperature?: number | undefined
  /** What a user should know before relying on it. */
  readonly notice?: string | undefined
  /** Too small for more than showing that the product works. */
  readonly demo?: boolean
}

/** The model that ships with the product: so small that it is a demo, and says so wherever it answers. */
export const demoModel: LocalModel = {
  name: 'parley-small',
  file: fileURLToPath(new URL('../../models/parley-small.gguf', import.meta.url)),
  temperature: 0.1, // above it, its sentences fall apart now and then
  notice: 'Demo model, tiny, offline',
  demo: true,
}

/** The models of a folder, each `*.gguf` under its file name; none where there is no such folder. */
export async function findLocalModels(folder: string): Promise<LocalModel[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  return files
    .filter(file => file.endsWith('.gguf'))
    .sort()
    .map(file => ({ name: basename(file, '.gguf'), file: join(folder, file) }))
}

/**
 * Starts each model in a child process, all at once. One that cannot be loaded is logged and left out: the others, and
 * the rest of the server, go on without it. Aborting ends loads that are under way.
 */
export async function startLocalModels(
  models: readonly LocalModel[],
  log: Log,
  signal: AbortSignal,
): Promise<EmbeddedModel[]> {
  const started = await Promise.all(
    models.map(async model => {
      try {
        const running = await startModel({ ...model, log, signal })
        void running.exited.then(reason => {
          if (reason) log.error({ model: model.name, reason: reason.message }, 'a model is gone for good')
        })
        return running
      } catch (error) {
        if (signal.aborted) return undefined
        // The sentence names the file and the reason; it was made for the operator.
        log.error(
          { model: model.name, reason: error instanceof Error ? error.message : 'unknown' },
          'a model is left out',
        )
        return undefined
      }
    }),
  )
  return started.filter(model => model !== undefined)
}
