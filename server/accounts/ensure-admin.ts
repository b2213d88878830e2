import { hashPassword } from 'better-auth/crypto'
import type { IdSource, Log } from '#kit'
import type { Directory } from '#store'
import { hashKey } from './key-authenticator.ts'

/** What the environment says of the first admin. */
export interface FirstAdmin {
  readonly email: string
  /** Undefined: they sign in with their key alone. */
  readonly password: string | undefined
  /** Their API key, made to work at each start; undefined: none. */
  readonly key: string | undefined
}

/** The name under which the environment's key is kept, whoever holds it. */
const keyName = 'PARLEY_ADMIN_KEY'

/**
 * Makes the environment's wishes true: while no admin exists, creates this one; and makes their key the only one of its
 * kind: one that was given before and is not given any more is revoked. An existing admin's password is never touched.
 */
export async function ensureAdmin(
  directory: Directory,
  admin: FirstAdmin | undefined,
  newId: IdSource,
  log: Log,
): Promise<void> {
  if (admin !== undefined && !(await directory.hasAdmin())) await create(directory, admin, log)
  if (admin?.key === undefined) return directory.revokeKeys(keyName)
  // A key needs a holder: the admin of that e-mail, who is created where other admins exist without them.
  const holder = (await directory.adminId(admin.email)) ?? (await create(directory, admin, log))
  await directory.synchroniseKey(holder, {
    id: newId(),
    name: keyName,
    hash: hashKey(admin.key),
    prefix: admin.key.slice(0, 4),
  })
}

async function create(directory: Directory, { email, password }: FirstAdmin, log: Log): Promise<string> {
  const passwordHash = password === undefined ? null : await hashPassword(password)
  const id = await directory.createAdmin({ name: 'Admin', email, passwordHash })
  log.info({ user_id: id }, 'created the first admin')
  return id
}
