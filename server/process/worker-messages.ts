import { z } from 'zod'
import type { FilesRead } from '../config/files-read.ts'
import type { Machine } from './start-machine.ts'

/** What a configuration is read from, with what is in it. */
export const Files = z.custom<FilesRead>(value => value instanceof Map)

/** The first message to a worker: all it needs to begin, from the process that is the same program. */
export const Beginning = z.object({
  /** Its number; one that takes the place of a dead one gets that one's. */
  worker: z.int(),
  /** Of all, itself among them. */
  workers: z.int(),
  port: z.int(),
  files: Files,
  machine: z.custom<Machine>(value => typeof value === 'object' && value !== null),
})
export type Beginning = z.infer<typeof Beginning>

/** What a worker says once it serves. */
export const Serving = z.object({
  url: z.string(),
  models: z.array(z.object({ id: z.string(), notice: z.string().nullable() })),
})
export type Serving = z.infer<typeof Serving>

/** What a worker tells whoever started it. */
export const told = { serving: 'serving', failure: 'failure' } as const

/** What a worker is told to do, or asked for. */
export const order = {
  announceEnd: 'announce-end',
  /** With the files of a newer reading of the configuration. */
  takeConfiguration: 'take-configuration',
  /** With the milliseconds that running answers get. A second one with less shortens the first. */
  stop: 'stop',
  newSetUpLink: 'new-set-up-link',
  collectMetrics: 'collect-metrics',
} as const
