import { z } from 'zod'
import type { IdSource } from '#kit'
import type { OpenRedis, RedisConnection } from '#redis'
import { ClusterShare, type SharedLoads, silenceMs, sumOf } from './cluster-share.ts'

export interface RedisLoadsOptions {
  readonly openLink: OpenRedis
  readonly newId: IdSource
}

export interface RedisLoads extends SharedLoads {
  /** Ends within moments, also when Redis is away. Never rejects. */
  close(): Promise<void>
}

/** No request waits for it; what is later than this is no news. */
const limitMs = 250

/** Raised whenever what lies under it changes its form. In braces: what a cluster puts on one node. */
const place = '{parley:loads:1}'

/** The loads of all processes that use a Redis, in one hash: a field a process, on the clock of the node that holds it. */
export function openRedisLoads({ openLink, newId }: RedisLoadsOptions): RedisLoads {
  const link = openLink({
    tryOut: send => exchange(send, `${place}:try-out:${newId()}`, '', []),
    onReturn: () => {}, // each exchange tells all there is
    use: {
      purpose: 'servers share their load on the clusters in Redis',
      without: 'each server takes its part of what clusters can do',
    },
    limitMs,
  })

  return {
    async exchange(process, own) {
      const others = Reply.parse(await link.run(send => exchange(send, place, process, own)))
      return { processes: others.length + 1, shares: sumOf(others) }
    },
    close: link.close,
  }
}

/** Values: the process, what it has, and the silence after which others count for nothing. */
const script = `
local time, silence = redis.call('TIME'), tonumber(ARGV[3])
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now, ARGV[2]))
redis.call('PEXPIRE', KEYS[1], silence)
local others, told = {}, redis.call('HGETALL', KEYS[1])
for index = 1, #told, 2 do
  local at, shares = string.match(told[index + 1], '^(%d+) (.*)$')
  if math.abs(now - at) > silence then
    redis.call('HDEL', KEYS[1], told[index]) -- silent, or told before the clock jumped back
  elseif told[index] ~= ARGV[1] then
    others[#others + 1] = shares
  end
end
return others`

const Reply = z.array(
  z
    .string()
    .transform(text => JSON.parse(text))
    .pipe(z.array(ClusterShare)),
)

/** Sent whole each time: Redis compiles a script it has seen only once, and a restart needs no second try. */
const exchange = (send: RedisConnection['send'], key: string, process: string, own: readonly ClusterShare[]) =>
  send(key, ['EVAL', script, '1', key, process, JSON.stringify(own), String(silenceMs)])
