import timers from 'node:timers/promises'
import { Away, type Log } from '#kit'
import type { RedisConnection, RedisConnectionOptions } from './redis-connection.ts'

/** The way to a Redis that may come and go. */
export interface RedisLink {
  /** Does `work`, within `limitMs`. Rejects with `Away`: at once while Redis is away, else when it fails or is late. */
  run<Result>(work: (send: RedisConnection['send']) => Promise<Result>): Promise<Result>
  /** Ends within moments, also when Redis is away. Never rejects. */
  close(): Promise<void>
}

export interface RedisLinkOptions {
  readonly url: string
  readonly connect: (options: RedisConnectionOptions) => Promise<RedisConnection>
  /** Something that any Redis fit for work can do, done before it is used. */
  readonly tryOut: (send: RedisConnection['send']) => Promise<unknown>
  /** Redis can be used, for the first time or again; what was written before may be gone. */
  readonly onReturn: () => void
  readonly log: Log
  /** For the log: what Redis is for. */
  readonly use: RedisUse
  /** How long any work may take. */
  readonly limitMs: number
}

/** Two half sentences. */
export interface RedisUse {
  /** What is so while it can be used, as in "answers are kept in Redis". */
  readonly purpose: string
  /** What is so until it is back, as in "no answer is kept or found". */
  readonly without: string
}

/** How long a Redis that failed is left alone: long enough that one overloaded gets its breath, short enough to forget. */
const pauseMs = 1_000
/** The pause doubles with each failure to connect, up to this. */
const longestPauseMs = 5_000
/** A server that accepts a connection and says nothing, because it is stopped, is given up after this time. */
const connectMs = 5_000

/** Connects in the background, for as long as it takes, now and whenever the connection is lost. Logs changes only. */
export function openRedisLink(options: RedisLinkOptions): RedisLink {
  const { url, connect, tryOut, onReturn, log, use, limitMs } = options
  const closing = new AbortController()
  /** What may be used now. `fail` says that it may not any more. */
  let usable: { readonly connection: RedisConnection; fail(error: unknown): void } | undefined
  let told: 'back' | 'away' | undefined
  /** Tried in turn: of a cluster, the node that was named may be the one that is gone. */
  let addresses: readonly string[] = [url]
  let tries = 0
  const redis = new URL(url).host

  function tellAway(error: unknown): void {
    if (told === 'away' || closing.signal.aborted) return
    told = 'away'
    log.warn({ redis, error, refusal: refusalOf(error) }, `Redis is away: until it is back, ${use.without}`)
  }

  function tellBack({ nodes }: RedisConnection): void {
    if (told === 'back') return
    log.info({ redis, masters: nodes.length || 1 }, told === 'away' ? 'Redis is back' : use.purpose)
    told = 'back'
  }

  async function open(): Promise<Opened> {
    const lost = Promise.withResolvers<unknown>()
    let broken = false
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new Error('no connection in time')), connectMs)
    timer.unref()
    let last: unknown
    const onError = (error: unknown) => {
      last = error
      broken = true
      lost.resolve(error)
    }
    try {
      const signal = AbortSignal.any([closing.signal, limit.signal])
      const address = addresses[tries++ % addresses.length] ?? url
      const connection = await connect({ url: address, onError, signal })
      addresses = [url, ...connection.nodes]
      tries = 0
      return {
        connection,
        lost: lost.promise,
        get broken() {
          return broken
        },
      }
    } catch (error) {
      throw last ?? error // a cluster's own error does not say what was wrong with its nodes
    } finally {
      clearTimeout(timer)
    }
  }

  async function tested(opened: Opened): Promise<Opened> {
    const { connection } = opened
    try {
      await within(limitMs, Promise.all([connection.ping(), tryOut(connection.send)]))
      if (opened.broken) throw await opened.lost
      return opened
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** Lets `opened` be used until it fails, and returns why. */
  async function serve({ connection, lost }: Opened): Promise<unknown> {
    if (closing.signal.aborted) return closing.signal.reason
    const failed = Promise.withResolvers<unknown>()
    usable = { connection, fail: failed.resolve }
    closing.signal.addEventListener('abort', failed.resolve, { once: true })
    tellBack(connection)
    onReturn()
    const reason = await Promise.race([failed.promise, lost])
    closing.signal.removeEventListener('abort', failed.resolve)
    usable = undefined
    return reason
  }

  async function keepOpen(): Promise<void> {
    let opened: Opened | undefined
    for (let failures = 0; !closing.signal.aborted; ) {
      try {
        // One that was slow may be well again; one that is broken is replaced without another pause.
        opened &&= await tested(opened).catch(() => undefined)
        opened ??= await tested(await open())
        failures = 0
        tellAway(await serve(opened))
      } catch (error) {
        opened = undefined
        failures++
        tellAway(error)
      }
      const pause = Math.min(pauseMs * 2 ** Math.max(0, failures - 1), longestPauseMs)
      await timers.setTimeout(pause, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    }
    opened?.connection.destroy()
  }

  const kept = keepOpen()
  return {
    async run(work) {
      const used = usable
      if (used === undefined) throw new Away()
      try {
        return await within(limitMs, work(used.connection.send))
      } catch (error) {
        used.fail(error)
        if (usable === used) usable = undefined
        throw new Away(error)
      }
    },
    close() {
      usable = undefined
      closing.abort()
      return kept
    },
  }
}

interface Opened {
  readonly connection: RedisConnection
  /** Resolves with the error of a socket that failed. */
  readonly lost: Promise<unknown>
  /** Whether one has. */
  readonly broken: boolean
}

async function within<Result>(limitMs: number, work: Promise<Result>): Promise<Result> {
  const late = Promise.withResolvers<never>()
  // After a stall of our own, timers come before the replies that have arrived meanwhile: those get their turn first.
  const timer = setTimeout(() => setImmediate(() => late.reject(new Error('no reply in time'))), limitMs)
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** The code that begins a refusal of Redis (`OOM`, `NOAUTH`, `LOADING`); the rest of it may quote what was sent. */
const refusalOf = (error: unknown) => (error instanceof Error ? /^[A-Z]{2,}(?= )/.exec(error.message)?.[0] : undefined)
