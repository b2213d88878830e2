import { setTimeout as wait } from 'node:timers/promises'
import { Fault } from '#kit'
import { errorCode, isBroken } from './database.ts'

/**
 * Whether trying again later may help: the database could not be reached, or could not take it now. The statement may
 * have run all the same.
 */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = errorCode(error)
  if (passingClasses.has(code.slice(0, 2)) || passingStates.has(code) || networkErrors.has(code)) return true
  // pg gives this one no code.
  return isBroken(error) || (code === 'unknown' && error.message.startsWith('timeout exceeded when trying to connect'))
}

// connection lost; out of disk, memory or connections; a deadlock or a conflict between transactions
const passingClasses = new Set(['08', '53', '40'])
// shutdown by an administrator, crash of a sibling, still starting up, a lock not had in time, read-only after failover
const passingStates = new Set(['57P01', '57P02', '57P03', '55P03', '25006'])
const networkErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
])

type Methods = Readonly<Record<string, unknown>>

/**
 * The same methods, but a database that is away or full comes out of them as the fault `overloaded` that callers know how to
 * answer, with the original as its cause. Every other error passes through. Of a statement whose connection broke nobody
 * knows whether it ran: those of `repeatable` methods, which may run twice as well as once, are tried again.
 */
export function withPassingFaults<Face extends object>(face: Face, repeatable: readonly (keyof Face)[] = []): Face {
  const guarded = Object.entries(face as Methods).map(([name, member]) => [
    name,
    guard(
      member,
      repeatable.some(one => one === name),
    ),
  ])
  return Object.fromEntries(guarded)
}

/** Where one connection breaks, others do, and the pool learns of them only a moment later. */
const mostTries = 5
const retryAfterMs = 20

function guard(member: unknown, repeatable: boolean): unknown {
  if (typeof member !== 'function') return member
  return (...input: unknown[]) =>
    withPassingFault(async () => {
      for (let tries = 1; ; tries++) {
        try {
          return await member(...input)
        } catch (error) {
          if (!repeatable || !isBroken(error) || tries === mostTries) throw error
          await wait(retryAfterMs * tries)
        }
      }
    })
}

/** The same for one piece of work. */
export async function withPassingFault<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!mayPass(error)) throw error
    throw new Fault('overloaded', 'The database cannot take this right now.', { retryAfterMs: 2_000, cause: error })
  }
}
