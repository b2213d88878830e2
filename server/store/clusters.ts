import { type AuditEntry, writeAudit } from './audit.ts'
import type { Database } from './database.ts'

/** A cluster that an admin added. */
export interface AddedCluster {
  readonly id: string
  readonly name: string
  readonly url: string
  /** Sealed; null: it asks for none. */
  readonly apiKey: Buffer | null
}

/** What an admin says of a cluster, wherever it comes from. */
export interface ClusterSteering {
  readonly name: string
  readonly state: 'enabled' | 'draining' | 'disabled'
  /** Of its share of the work beside others: 0.01 to 10; 1 where nothing is said. */
  readonly weight: number
}

export interface SteeringChange {
  readonly state: ClusterSteering['state'] | undefined
  readonly weight: number | undefined
}

/** What becomes of what was said of the name: it is kept where another cluster has that, too. */
export type OldSteering = 'kept' | 'forgotten'

export interface Clusters {
  /** Oldest first. */
  list(): Promise<AddedCluster[]>
  /** False, and nothing is written, where the name is taken. */
  add(cluster: AddedCluster, steering: OldSteering, audit: AuditEntry): Promise<boolean>
  /** False, and nothing is written, where there is none of that id. */
  remove(id: string, steering: OldSteering, audit: AuditEntry): Promise<boolean>
  /** What was said of clusters; those that nothing was said of have no entry. */
  steering(): Promise<ClusterSteering[]>
  /** Says it of the cluster of this name; what is undefined stays. */
  steer(name: string, change: SteeringChange, audit: AuditEntry): Promise<void>
}

export function createClusters(database: Database): Clusters {
  return {
    list: () =>
      database.query<{ id: string; name: string; url: string; apiKey: Buffer | null }>(
        'SELECT id, name, url, api_key AS "apiKey" FROM clusters ORDER BY created_at, id',
      ),
    add: (cluster, steering, audit) =>
      database.transaction(async client => {
        const { rowCount } = await client.query(
          'INSERT INTO clusters (id, name, url, api_key) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING',
          [cluster.id, cluster.name, cluster.url, cluster.apiKey],
        )
        if (rowCount === 0) return false
        if (steering === 'forgotten') await client.query(forget, [cluster.name])
        await writeAudit(client, 'cluster.add', audit, cluster.id, { name: cluster.name, url: cluster.url })
        return true
      }),
    remove: (id, steering, audit) =>
      database.transaction(async client => {
        const { rows } = await client.query<{ name: string; url: string }>(
          'DELETE FROM clusters WHERE id = $1 RETURNING name, url',
          [id],
        )
        const [removed] = rows
        if (removed === undefined) return false
        if (steering === 'forgotten') await client.query(forget, [removed.name])
        await writeAudit(client, 'cluster.remove', audit, id, removed)
        return true
      }),
    steering: () =>
      database.query<{ name: string; state: ClusterSteering['state']; weight: number }>(
        'SELECT name, state, weight FROM cluster_steering ORDER BY name',
      ),
    steer: (name, { state, weight }, audit) =>
      database.transaction(async client => {
        await client.query(
          `INSERT INTO cluster_steering AS s (name, state, weight)
           VALUES ($1, coalesce($2, 'enabled'), coalesce($3::real, 1))
           ON CONFLICT (name) DO UPDATE
           SET state = coalesce($2, s.state), weight = coalesce($3::real, s.weight), updated_at = now()`,
          [name, state ?? null, weight ?? null],
        )
        await writeAudit(client, 'cluster.steer', audit, name, { state, weight })
      }),
  }
}

const forget = 'DELETE FROM cluster_steering WHERE name = $1'
