import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Random } from '../seeded-random.ts'
import type { Arrival } from './workload.ts'

/** The public traces that are replayed, by the names of their files. */
export const traceFiles = {
  mooncake: 'mooncake_conversation.jsonl.gz',
  azureConversation: 'azure_llm_conv.csv.gz',
  azureCode: 'azure_llm_code.csv.gz',
}
export type TraceName = keyof typeof traceFiles

export const hasTrace = (folder: string, name: TraceName): boolean => existsSync(join(folder, traceFiles[name]))

export interface Replay {
  readonly trace: TraceName
  /** How much of it, from a place by chance on. */
  readonly durationMs: number
  /** Time goes so many times as fast. */
  readonly haste: number
}

/** Blocks of the Mooncake trace. */
export const mooncakeBlockTokens = 512
/** It tells times in steps of three seconds. */
const mooncakeStepMs = 3_000

/**
 * A part of a trace. Mooncake's conversations (Qin et al. 2025) tell which prompts begin alike; the Azure traces (Patel
 * et al. 2024, "Splitwise") do not, so that nothing is ever found kept in those.
 */
export function replay(folder: string, { trace, durationMs, haste }: Replay, random: Random): Arrival[] {
  const records = load(folder, trace)
  const spanMs = durationMs * haste
  const [first, last] = [records[0]?.atMs ?? 0, records.at(-1)?.atMs ?? 0]
  const from = first + random() * Math.max(0, last - first - spanMs)
  const jitterMs = trace === 'mooncake' ? mooncakeStepMs : 0
  return records
    .filter(({ atMs }) => atMs >= from && atMs < from + spanMs)
    .map(({ atMs, promptTokens, outputTokens, blocks }, index) => ({
      atMs: (atMs - from + jitterMs * random()) / haste,
      prompt: {
        user: index % 50,
        promptTokens,
        outputTokens,
        blocks,
        tokensPerBlock: mooncakeBlockTokens,
        leavesAfterMs: undefined,
      },
    }))
    .sort((a, b) => a.atMs - b.atMs)
}

interface TraceRecord {
  readonly atMs: number
  readonly promptTokens: number
  readonly outputTokens: number
  readonly blocks: Float64Array
}

const loaded = new Map<string, readonly TraceRecord[]>()

function load(folder: string, name: TraceName): readonly TraceRecord[] {
  const path = join(folder, traceFiles[name])
  const known = loaded.get(path)
  if (known !== undefined) return known
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n')
  const records = name === 'mooncake' ? lines.map(readMooncake) : lines.slice(1).map(readAzure)
  loaded.set(path, records)
  return records
}

function readMooncake(line: string): TraceRecord {
  const record = JSON.parse(line) as {
    timestamp: number
    input_length: number
    output_length: number
    hash_ids: number[]
  } // as its README describes it
  // The last block is told although it is seldom whole.
  const whole = Math.floor(record.input_length / mooncakeBlockTokens)
  return {
    atMs: record.timestamp,
    promptTokens: record.input_length,
    outputTokens: Math.max(2, record.output_length),
    blocks: Float64Array.from(record.hash_ids.slice(0, whole)),
  }
}

function readAzure(line: string): TraceRecord {
  const [time = '', prompt, output] = line.trim().split(',')
  return {
    atMs: Date.parse(`${time.slice(0, 23).replace(' ', 'T')}Z`),
    promptTokens: Math.max(1, Number(prompt)),
    outputTokens: Math.max(2, Number(output)),
    blocks: new Float64Array(0),
  }
}
