import { makeUsers } from '../make-users.ts'
import { startParley, unlimited } from '../parley-server.ts'
import { progress, type Started } from '../run-bench.ts'
import type { Random } from '../seeded-random.ts'
import { bringUpPostgres } from '../turns/bench-postgres.ts'
import { startWorker } from '../worker-process.ts'
import type { Pace, PacedAnswer, PacedQuestion } from './paced-clusters.ts'
import { createUser, type User } from './user.ts'

/** A server that knows nothing of its clusters yet, and people with keys. */
export interface Stage {
  readonly users: readonly User[]
  readonly random: Random
  /** What the clusters were asked since the server was started. */
  seen(): Promise<PacedAnswer>
}

export interface Theatre {
  /** Does the work with a fresh server. All share one Postgres, and the machine's clusters. */
  withServer<Result>(pace: Pace, work: (stage: Stage) => Promise<Result>): Promise<Result>
}

export const clusterCount = 2
export const slotsEach = 8
export const userCount = 200
/** How the clusters answer unless told otherwise, and how many answers a second they can give then. */
export const usualPace: Pace = { firstTokenMs: 100, answerMs: 2_000 }
export const capacity = (clusterCount * slotsEach * 1_000) / usualPace.answerMs

export async function openTheatre(started: Started, random: Random, seed: number): Promise<Theatre> {
  progress('bringing up Postgres and the clusters')
  const postgres = await bringUpPostgres(started)
  const clusters = startWorker(started, new URL('paced-clusters.ts', import.meta.url))
  const tell = (question: PacedQuestion) => clusters.ask<PacedAnswer>(question)
  let keys: readonly string[] | undefined

  /** The first server makes the schema that they are put into. */
  async function keysOf(): Promise<readonly string[]> {
    const database = await postgres.connect(postgres.connection.database)
    const made = await makeUsers(async (sql, values) => (await database.query(sql, [...values])).rows, 'b', userCount)
    await database.end()
    return made
  }

  return {
    async withServer(pace, work) {
      const { urls } = await tell({ do: 'pace', pace, clusters: clusterCount, seed })
      const list = urls.map((url, index) => `  - { name: cluster-${index}, url: "${url}", capacity: ${slotsEach} }\n`)
      const server = await startParley(started, {
        yaml: `${unlimited}discover: off\ncache: { scope: off }\nclusters:\n${list.join('')}`,
        env: { DATABASE_URL: postgres.url, PARLEY_SECRET: 'secret-of-a-benchmark-that-seals-nothing' },
      })
      keys ??= await keysOf()
      const users = keys.map(key => createUser(server.url, key))
      const result = await work({ users, random, seen: () => tell({ do: 'tell' }) })
      await server.stop()
      return result
    },
  }
}
