import { z } from 'zod'
import { faultCodes, TurnEvent } from '#protocol'
import type { HostileWebSocket } from './hostile-websocket.ts'
import { judgeAnswer, leaksOf } from './judge-answer.ts'
import type { SocketOutcome } from './send-websocket.ts'

/** What is wrong with what came of a socket; empty where nothing is. `secrets` are texts that no frame may hold. */
export function judgeSocket(
  hostile: HostileWebSocket,
  outcome: SocketOutcome,
  secrets: readonly string[],
): readonly string[] {
  const { answer, texts, closeCode, fault, hung } = outcome
  const refused = answer !== undefined && answer.status !== 101
  return [
    ...(fault === undefined ? [] : [fault]),
    ...(hung ? ['neither answered nor closed in time'] : []),
    ...(hostile.opens && refused ? [`not opened: ${answer.status}`] : []),
    // A handshake that is no handshake is refused by the library, whose words are no problem of ours (RFC 9457).
    ...(refused ? judgeAnswer(answer, undefined, secrets) : []),
    ...(closeCode === undefined || knownCodes.has(closeCode) ? [] : [`closed with ${closeCode}`]),
    ...texts.flatMap(text => judgeText(text, secrets)),
  ]
}

/** Those of RFC 6455 and of the contract, and what the fuzz itself closes with, which is given back. */
const knownCodes = new Set([1000, 1002, 1003, 1005, 1007, 1008, 1009, 1013, 3000, 4401])

/** What a server may say: an event of a turn, with the sender's `ref` in the first, the refusal of a frame, or a pong. */
const ServerFrame = z.union([
  TurnEvent,
  z.object({ type: z.literal('error'), code: z.enum(faultCodes), message: z.string().min(1), retryable: z.boolean() }),
  z.object({ type: z.literal('pong') }),
])

function judgeText(bytes: Buffer, secrets: readonly string[]): readonly string[] {
  const text = bytes.toString()
  const shown = text.slice(0, 400)
  const { data: frame } = ServerFrame.safeParse(parsed(text))
  if (frame === undefined) return [`no frame of the contract: ${shown}`]
  return [
    ...(frame.type === 'error' && ourFault.has(frame.code) ? [`says ${shown}`] : []),
    ...leaksOf(text, secrets).map(leak => `gives away ${leak}: ${shown}`),
  ]
}

/** What no input may lead to where every cluster is healthy and there are no limits. */
const ourFault: ReadonlySet<string> = new Set([
  'internal',
  'generation_failed',
  'model_unavailable',
  'overloaded',
  'shutting_down',
])

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
