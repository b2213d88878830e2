import type { Log } from '#kit'
import type { LiveConfig } from '../config/live-config.ts'
import type { Server } from '../wire.ts'

/** What it takes to start. */
export interface Start {
  readonly configuration: LiveConfig
  readonly release: string
  readonly log: Log
  /** Aborts the start. */
  readonly signal: AbortSignal
}

/** The whole product, listening, from one process or several. */
export interface Served extends Omit<Server, 'collectMetrics'> {
  /** Resolves with the reason when it cannot go on: its database is gone for good, or its processes keep dying. */
  readonly failed: Promise<Error>
}
