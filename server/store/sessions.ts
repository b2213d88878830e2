import type { Database } from './database.ts'

/** Whom a session stands for. */
export interface SessionHolder {
  readonly sessionId: string
  readonly userId: string
  readonly admin: boolean
  /** It has not been prolonged for a day. */
  readonly due: boolean
}

export interface SessionRow {
  readonly id: string
  readonly user_agent: string | null
  readonly ip_address: string | null
  readonly created_at: Date
  readonly expires_at: Date
}

/** Who is signed in, where. The auth library makes sessions; here they are looked up, prolonged and ended. */
export interface Sessions {
  /** The holder of a session that has not run out, and whose account is not banned. */
  holder(token: string): Promise<SessionHolder | undefined>
  /** Gives a session that is due its 30 days again; false where it was not, or another request has done so. */
  prolong(token: string): Promise<boolean>
  /** Those of one user, newest first, from before the one with this id; one more than `limit` says that there are more. */
  list(userId: string, before: string | undefined, limit: number): Promise<SessionRow[]>
  /** Ends one of this user's; returns its token, undefined where they have none of this id. */
  end(userId: string, sessionId: string): Promise<string | undefined>
  /** Ends it, if it is there. */
  endByToken(token: string): Promise<void>
}

export function createSessions(database: Database): Sessions {
  return {
    async holder(token) {
      const [row] = await database.query<{ id: string; user_id: string; role: string; due: boolean }>(
        `SELECT s.id, s.user_id, u.role, s.expires_at < now() + interval '29 days' AS due
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.token = $1 AND s.expires_at > now() AND NOT u.banned`,
        [token],
      )
      return row && { sessionId: row.id, userId: row.user_id, admin: row.role === 'admin', due: row.due }
    },
    async prolong(token) {
      const rows = await database.query(
        `UPDATE sessions SET expires_at = now() + interval '30 days', updated_at = now()
         WHERE token = $1 AND expires_at > now() AND expires_at < now() + interval '29 days'
         RETURNING id`,
        [token],
      )
      return rows.length > 0
    },
    list: (userId, before, limit) =>
      database.query<SessionRow>(
        `SELECT id, user_agent, ip_address, created_at, expires_at FROM sessions
         WHERE user_id = $1 AND expires_at > now() AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
        [userId, before ?? null, limit + 1],
      ),
    async end(userId, sessionId) {
      const [row] = await database.query<{ token: string }>(
        'DELETE FROM sessions WHERE user_id = $1 AND id = $2 RETURNING token',
        [userId, sessionId],
      )
      return row?.token
    },
    async endByToken(token) {
      await database.query('DELETE FROM sessions WHERE token = $1', [token])
    },
  }
}
