import { hash } from 'node:crypto'
import { z } from 'zod'
import type { IdSource } from '#kit'
import type { OpenRedis, RedisConnection } from '#redis'
import { boundless, describeAllowance, slackMs, unitsOf } from './allowance.ts'
import type { Meter, Meters } from './meters.ts'

export interface RedisMetersOptions {
  readonly openLink: OpenRedis
  readonly newId: IdSource
}

export interface RedisMeters extends Meters {
  /** Ends within moments, also when Redis is away. Never rejects. */
  close(): Promise<void>
}

type Send = RedisConnection['send']

/** Nobody notices a quarter of a second before an answer; a Redis nearby needs a hundredth of that. */
const limitMs = 250

/** Raised whenever what lies under the keys changes its form. */
const prefix = 'parley:meters:1'

/**
 * Meters that a Redis counts, for all processes that use it: `createRate`'s algorithm as a script, on the clock of the
 * node that holds the key, since the clocks of machines differ.
 */
export function openRedisMeters({ openLink, newId }: RedisMetersOptions): RedisMeters {
  const link = openLink({
    tryOut: send => run(send, chargeScript, [`${prefix}:try-out:${newId()}`], [1, 1]),
    onReturn: () => {}, // what was counted here in the meantime is forgiven
    use: { purpose: 'limits are counted in Redis', without: 'each process counts limits for itself' },
    limitMs,
  })

  return {
    async spend(meter, key, guard) {
      // The last one is the one to spend from; of what has no limit there is nothing to ask.
      const asked = [guard, meter].flatMap(each => (each === undefined || each.perMinute === 0 ? [] : [each]))
      if (asked.length === 0) return { guarded: false, allowance: boundless }
      const values = asked.flatMap(each => [intervalOf(each), limitOf(each)])
      const spent = meter.perMinute > 0 ? 1 : 0
      const reply = await link.run(send =>
        run(
          send,
          spendScript,
          asked.map(each => placeOf(each, key)),
          [slackMs, spent, ...values],
        ),
      )
      const [index, aheadMs, waitMs] = Reply.parse(reply)
      const read = asked[index - 1] ?? meter
      const allowed = waitMs <= slackMs
      if (allowed && spent === 0) return { guarded: false, allowance: boundless }
      const allowance = describeAllowance({ limit: limitOf(read), intervalMs: intervalOf(read), aheadMs, waitMs })
      return { guarded: read !== meter, allowance }
    },
    async charge(meter, key, cost) {
      const units = unitsOf(cost)
      if (meter.perMinute === 0 || units === 0) return
      await link.run(send => run(send, chargeScript, [placeOf(meter, key)], [intervalOf(meter), units]))
    },
    close: link.close,
  }
}

/**
 * How far a key's time of rest lies ahead. Beside it lies the time at which it was written: where the clock has jumped back
 * since, as when another node takes over, the key goes on from where it was.
 */
const sharedScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local function advance(key, ahead)
  local life = math.min(math.ceil(ahead) + 1000, 31536000000)
  redis.call('SET', key, string.format('%.17g %.17g', now + ahead, now), 'PX', string.format('%.0f', life))
end
local function aheadOf(key)
  local rested, written = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  if not rested then return 0 end
  local ahead = math.max(0, rested - math.max(now, written))
  if tonumber(written) > now then advance(key, ahead) end
  return ahead
end`

/** Values: the slack, the units to spend from the last key (1 or 0), then for each key its interval and its limit. */
const spendScript = `${sharedScript}
local ahead = 0
for index, key in ipairs(KEYS) do
  local interval, limit = tonumber(ARGV[2 * index + 1]), tonumber(ARGV[2 * index + 2])
  ahead = aheadOf(key)
  local wait = ahead - math.max(0, limit - 1) * interval
  if wait > tonumber(ARGV[1]) then return {index, string.format('%.17g', ahead), string.format('%.17g', wait)} end
end
if ARGV[2] == '1' then
  ahead = ahead + ARGV[#ARGV - 1]
  advance(KEYS[#KEYS], ahead)
end
return {#KEYS, string.format('%.17g', ahead), '0'}`

/** Values: the interval and the units. */
const chargeScript = `${sharedScript}
advance(KEYS[1], aheadOf(KEYS[1]) + ARGV[1] * ARGV[2])`

const Reply = z.tuple([z.int(), z.coerce.number(), z.coerce.number()])

const intervalOf = ({ perMinute }: Meter) => 60_000 / perMinute
const limitOf = ({ burst }: Meter) => Math.max(1, burst)

/**
 * Braces tell a cluster which part decides the node: all meters of a key lie together. Keys may be e-mails, which are no
 * business of whoever reads the Redis, or hold braces themselves: so their hashes stand for them.
 */
const placeOf = (meter: Meter, key: string) => `${prefix}:{${hash('sha256', key, 'base64url')}}:${meter.name}`

/** Sent whole each time: Redis compiles a script it has seen only once, and a restart needs no second try. */
const run = (send: Send, script: string, keys: readonly string[], values: readonly number[]) =>
  send(keys[0] ?? '', ['EVAL', script, String(keys.length), ...keys, ...values.map(String)])
