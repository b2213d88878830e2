import { Fault } from '#kit'
import { errorCode } from './database.ts'

/** Whether the database could not be reached, as against: it answered and refused. The statement may have run. */
export function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = errorCode(error)
  if (unreachableStates.has(code) || networkErrors.has(code) || code.startsWith('08')) return true
  // pg gives these two no code.
  return code === 'unknown' && /^Connection terminated|timeout exceeded when trying to connect/.test(error.message)
}

// shutdown by an administrator, crash of a sibling, still starting up, too many connections, read-only after failover
const unreachableStates = new Set(['57P01', '57P02', '57P03', '53300', '25006'])
const networkErrors = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
])

type Methods = Readonly<Record<string, unknown>>

/**
 * The same methods, but an unreachable database comes out of them as the fault `overloaded` that callers know how to
 * answer, with the original as its cause. Every other error passes through.
 */
export function withReachabilityFaults<Face extends object>(face: Face): Face {
  const guarded = Object.entries(face as Methods).map(([name, member]) => [name, guard(member)])
  return Object.fromEntries(guarded)
}

function guard(member: unknown): unknown {
  if (typeof member !== 'function') return member
  return async (...input: unknown[]) => {
    try {
      return await member(...input)
    } catch (error) {
      if (!isUnreachable(error)) throw error
      throw new Fault('overloaded', 'The database cannot be reached right now.', { retryAfterMs: 2_000, cause: error })
    }
  }
}
