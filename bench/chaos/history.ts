import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { TurnStatus } from '#protocol'

/**
 * What happened in a run, a line each. Times are milliseconds of the machine's clock, which all processes of a run share.
 * Texts stand as length and digest: the judge knows what they should be.
 */
export type HistoryRecord = Attempt | Acknowledged | Ended | Stored | Fault

/** One try of a request: an HTTP request until its status, a frame until its answer. */
export interface Attempt {
  readonly type: 'attempt'
  readonly at: number
  readonly client: number
  /** The same for all tries of one request. */
  readonly request: string
  readonly operation: 'create' | 'send' | 'follow' | 'stop' | 'read'
  /** A status; `broken`: the connection was; `late`: nothing came for too long. */
  readonly outcome: number | 'broken' | 'late'
  /** The problem's code, where there was one. */
  readonly code?: string
  readonly ms: number
}

/** A message that the server said it has. */
export interface Acknowledged {
  readonly type: 'acknowledged'
  readonly at: number
  readonly client: number
  /** The `Idempotency-Key`. */
  readonly key: string
  readonly conversationId: string
  readonly question: string
  readonly turnId: string
  readonly userMessageId: string
}

export interface Text {
  /** UTF-16 units. */
  readonly length: number
  readonly digest: string
}

/** What a client has seen of a turn when it left it. */
export interface Ended {
  readonly type: 'ended'
  readonly at: number
  readonly client: number
  readonly turnId: string
  /** `unfinished`: the client gave up waiting. */
  readonly end: 'done' | 'error' | 'unfinished'
  /** The finish reason, or the code of the error. */
  readonly reason: string | null
  readonly text: Text
  /** The text itself, where it is no beginning of the answer. */
  readonly wrongText?: string
  /** Where the events broke the contract's rules. */
  readonly violations: readonly string[]
  /** Silences of more than a second between the acknowledgement and the end. */
  readonly pauses: readonly Pause[]
  /** Over which its events came. */
  readonly connections: number
  /** When the client asked for it to be stopped, and when the stop was answered. */
  readonly stopAskedAt?: number
  readonly stopAnsweredAt?: number
}

export interface Pause {
  readonly from: number
  readonly to: number
}

/** A conversation as the server tells it at the end. */
export interface Stored {
  readonly type: 'stored'
  readonly client: number
  readonly conversationId: string
  readonly messages: readonly StoredMessage[]
}

export interface StoredMessage {
  readonly id: string
  readonly turnId: string | null
  readonly role: 'user' | 'assistant' | 'system'
  readonly status: TurnStatus
  readonly text: Text
}

export interface Fault {
  readonly type: 'fault'
  readonly at: number
  /** When what was taken away was given back. */
  readonly healedAt: number
  readonly name: string
  /** What it hit, for people. */
  readonly target: string
  /** Turns whose owner was hit. */
  readonly turnIds: readonly string[]
}

export const textOf = (text: string): Text => ({
  length: text.length,
  digest: createHash('sha256').update(text).digest('base64url').slice(0, 16),
})

export interface HistoryWriter {
  write(record: HistoryRecord): void
  /** Resolves when all of it is in the file. */
  close(): Promise<void>
}

/** Appends to a file of its own: two writers never share one. */
export function writeHistory(file: string): HistoryWriter {
  const stream = createWriteStream(file, { flags: 'a' })
  return {
    write: record => void stream.write(`${JSON.stringify(record)}\n`),
    close: () => new Promise(resolve => stream.end(resolve)),
  }
}

export async function readHistory(files: readonly string[]): Promise<readonly HistoryRecord[]> {
  const records: HistoryRecord[] = []
  for (const file of files) {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) records.push(JSON.parse(line) as HistoryRecord) // written above
  }
  return records
}
