import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { demoModel } from '../../server/embedded/local-models.ts'
import { startModel } from '../../server/embedded/model/start-model.ts'
import { median } from '../figures.ts'
import type { ParleyServer } from '../parley-server.ts'
import { openChat } from './parley-chat.ts'

export interface Speed {
  /** Medians, of one chat at a time. */
  readonly firstTokenMs: number
  readonly tokensPerSecond: number
  /** From the start of the child process to its readiness. */
  readonly loadMs: number
  readonly fileBytes: number
}

const rounds = 9

/** A little over 500 tokens (1,760 characters), never the same twice. */
const longMessage = () =>
  `${randomUUID()} ${'Yesterday I walked along the river with my friend and we talked about the old days. '.repeat(20)}What is my name?`

export async function measureSpeed(server: ParleyServer): Promise<Speed> {
  const firstTokens: number[] = []
  const rates: number[] = []
  for (let round = 0; round < rounds; round++) {
    firstTokens.push((await (await openChat(server)).stream(longMessage())).firstTokenMs)
    const poem = await (await openChat(server)).stream(`Write a short poem about ${randomUUID().slice(0, 4)}`)
    rates.push((1_000 * (poem.tokens - 1)) / (poem.endMs - poem.firstTokenMs))
  }
  const loads: number[] = []
  for (let round = 0; round < 3; round++) loads.push(await loadOnce())
  return {
    firstTokenMs: median(firstTokens),
    tokensPerSecond: median(rates),
    loadMs: median(loads),
    fileBytes: (await stat(demoModel.file)).size,
  }
}

async function loadOnce(): Promise<number> {
  const ignore = () => {}
  const startedAt = performance.now()
  const model = await startModel({ ...demoModel, log: { debug: ignore, info: ignore, warn: ignore, error: ignore } })
  const loadMs = performance.now() - startedAt
  await model.stop()
  return loadMs
}
