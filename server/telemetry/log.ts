import { type DestinationStream, pino } from 'pino'
import type { Log } from '#kit'

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'

/**
 * JSON lines. Whatever error is logged, only what cannot quote a user comes out: its kind, its code and the places in
 * our code where it rose; the causes behind it likewise. Messages of foreign errors quote values (`invalid input syntax
 * for type uuid: "..."`), so they stay inside; a fault's own message is written by us, and stays too.
 * With several workers each line says which wrote it.
 */
export function createLog(level: LogLevel, destination: DestinationStream, worker?: number): Log {
  return pino(
    {
      level,
      base: worker === undefined ? null : { worker },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: { error: describeError },
    },
    destination,
  )
}

interface ErrorDescription {
  readonly kind: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: ErrorDescription
}

function describeError(error: unknown): ErrorDescription {
  if (!(error instanceof Error)) return { kind: typeof error }
  return {
    kind: error.name,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(error.stack !== undefined && { stack: placesOf(error.stack) }),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  }
}

/** The stack without the message that V8 puts before it. */
const placesOf = (stack: string) =>
  stack
    .split('\n')
    .filter(line => /^\s+at /.test(line))
    .join('\n')
