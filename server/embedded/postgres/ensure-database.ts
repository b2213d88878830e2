import type pg from 'pg'

/** The product's database and its owner, under one name. */
export const productName = 'parley'

/**
 * Makes the product's role and database where they are missing. The role is no superuser: should a statement ever be bent
 * by an attacker, it reaches the product's tables and no file or program of this machine. To be called by the holder of
 * the folder's lock.
 */
export async function ensureDatabase(client: pg.Client, password: string | undefined): Promise<void> {
  const { rows } = await client.query<{ role: boolean; database: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS role,
            EXISTS (SELECT FROM pg_database WHERE datname = $1) AS database`,
    [productName],
  )
  const name = client.escapeIdentifier(productName)
  if (!rows[0]?.role) {
    const secret = password === undefined ? '' : ` PASSWORD ${client.escapeLiteral(password)}`
    await client.query(`CREATE ROLE ${name} LOGIN${secret}`)
  }
  if (!rows[0]?.database) await client.query(`CREATE DATABASE ${name} OWNER ${name}`)
}
