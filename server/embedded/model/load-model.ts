import { availableParallelism } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import {
  getLlama,
  InsufficientMemoryError,
  type Llama,
  type LlamaContext,
  LlamaLogLevel,
  type LlamaModel,
} from 'node-llama-cpp'
import type { Log } from '#kit'

export interface LoadOptions {
  readonly file: string
  readonly contextTokens?: number | undefined
  readonly parallel: number
  readonly threads?: number | undefined
}

export interface LoadedModel {
  readonly model: LlamaModel
  readonly context: LlamaContext
  readonly parallel: number
  /** Prompt and answer of one chat together. */
  readonly contextTokens: number
  readonly threads: number
}

/** Why a model could not be loaded: half a sentence for people. */
export class LoadFailure extends Error {}

/** A larger context must be asked for: its memory is taken at once, for every sequence. */
const defaultContextTokens = 8192
/**
 * Tokens of a prompt evaluated in one go. Other chats and aborts wait that long, so it is less than llama.cpp's 512; reading a
 * prompt was not slower for it (400 tokens of the first parley-small: 77 ms with 128, 80 ms with 512).
 */
export const batchTokens = 128

/** Loads a GGUF on the CPU, with one context that holds `parallel` chats. Throws `LoadFailure`. */
export async function loadModel(options: LoadOptions, log: Log, onProgress: () => void): Promise<LoadedModel> {
  const complaints: string[] = []
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    debug: false,
    maxThreads: options.threads ?? 0,
    logLevel: LlamaLogLevel.warn,
    logger(level, message) {
      const line = message.trim()
      if (level === LlamaLogLevel.error || level === LlamaLogLevel.fatal) complaints.push(line)
      // Its complaints while loading name the file and become the reason; they are no incident of their own.
      log.debug({ line }, 'llama.cpp says')
    },
  })
  try {
    const model = await llama.loadModel({ modelPath: options.file, gpuLayers: 0, onLoadProgress: onProgress })
    const threads = options.threads ?? defaultThreads(llama, model.size)
    const wanted = options.contextTokens ?? Math.min(model.trainContextSize, defaultContextTokens)
    const contextTokens = Math.min(wanted, model.trainContextSize)
    if (contextTokens < wanted) log.warn({ contextTokens }, 'the context was cut to what the model was trained on')
    const context = await model.createContext({
      // Per sequence. A size that was asked for is kept or refused; the default one may shrink to the memory there is.
      contextSize: options.contextTokens === undefined ? { max: contextTokens } : contextTokens,
      sequences: options.parallel,
      batchSize: batchTokens + options.parallel, // one piece of a prompt beside a token of every other chat
      threads,
    })
    return {
      model,
      context,
      parallel: options.parallel,
      // The library rounds sizes up.
      contextTokens: Math.min(contextTokens, context.contextSize),
      threads,
    }
  } catch (error) {
    await turn() // what llama.cpp logged before it failed may arrive after the failure
    throw new LoadFailure(reasonOf(error, complaints), { cause: error })
  }
}

/**
 * Measured with the first parley-small (5 MB) on two cores: 1 thread gives 1,300 tokens/s to one chat and 3 x 480 to
 * three, 2 threads give 90 and 3 x 27, for every operation ends in a spinning barrier that the event loop's thread
 * disturbs. A matrix must be large to pay for its barriers, and a core must stay free for the event loop.
 */
function defaultThreads(llama: Llama, modelBytes: number): number {
  const smallBytes = 64 * 2 ** 20
  if (modelBytes < smallBytes) return 1
  return Math.max(1, Math.min(llama.cpuMathCores, availableParallelism()) - 1)
}

function reasonOf(error: unknown, complaints: readonly string[]): string {
  if (error instanceof InsufficientMemoryError) return 'there is not enough free memory for it'
  const complaint = complaints
    .flatMap(text => text.split('\n'))
    .map(line => line.replace(/^.*error loading model: |^\w+: /, ''))
    .filter(line => line !== '' && !line.includes('failed to load model'))
    .at(-1)
  return complaint ?? 'its header is damaged'
}
