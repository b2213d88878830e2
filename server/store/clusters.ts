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

export interface Clusters {
  /** Oldest first. */
  list(): Promise<AddedCluster[]>
  /** False, and nothing is written, where the name is taken. */
  add(cluster: AddedCluster, audit: AuditEntry): Promise<boolean>
  /** False, and nothing is written, where there is none of that id. */
  remove(id: string, audit: AuditEntry): Promise<boolean>
}

export function createClusters(database: Database): Clusters {
  return {
    list: () =>
      database.query<{ id: string; name: string; url: string; apiKey: Buffer | null }>(
        'SELECT id, name, url, api_key AS "apiKey" FROM clusters ORDER BY created_at, id',
      ),
    add: (cluster, audit) =>
      database.transaction(async client => {
        const { rowCount } = await client.query(
          'INSERT INTO clusters (id, name, url, api_key) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING',
          [cluster.id, cluster.name, cluster.url, cluster.apiKey],
        )
        if (rowCount === 0) return false
        await writeAudit(client, 'cluster.add', audit, cluster.id, { name: cluster.name, url: cluster.url })
        return true
      }),
    remove: (id, audit) =>
      database.transaction(async client => {
        const { rows } = await client.query<{ name: string; url: string }>(
          'DELETE FROM clusters WHERE id = $1 RETURNING name, url',
          [id],
        )
        const [removed] = rows
        if (removed === undefined) return false
        await writeAudit(client, 'cluster.remove', audit, id, removed)
        return true
      }),
  }
}
