import type { Clock, IdSource } from '#kit'
import type { Store } from '#store'
import { createKeyAuthenticator, type KeyAuthenticator } from './key-authenticator.ts'
import { createOwnAccount, type OwnAccount } from './own-account.ts'
import { createSessionAuthenticator, type SessionAuthenticator } from './session-authenticator.ts'
import { createSessionCookie } from './session-cookie.ts'
import { createSignIn } from './sign-in.ts'
import { createUserList, type UserList } from './user-list.ts'
import { createWaysIn, type WaysIn } from './ways-in.ts'

/** People and how they come in. */
export interface Accounts {
  readonly keys: KeyAuthenticator
  readonly sessions: SessionAuthenticator
  readonly waysIn: WaysIn
  readonly own: OwnAccount
  readonly users: UserList
}

export interface AccountsDeps {
  readonly store: Pick<Store, 'directory' | 'people' | 'sessions' | 'links' | 'authTables'>
  /** The first one signs sessions; those signed with the others are good, too. */
  readonly secrets: readonly string[]
  /** People come over https: their cookies travel no other way. */
  readonly secure: boolean
  /** The origin that links begin with. */
  readonly address: () => string
  readonly clock: Clock
  readonly newId: IdSource
  readonly release: string
}

export function createAccounts(deps: AccountsDeps): Accounts {
  const { store, clock } = deps
  const [secret, ...older] = deps.secrets
  if (secret === undefined) throw new Error('no secret')
  const cookie = createSessionCookie([secret, ...older], deps.secure)
  const authenticator = createSessionAuthenticator(store.sessions, cookie, clock)
  const signInByPassword = createSignIn({ ...store, secret })
  return {
    keys: createKeyAuthenticator(store.directory, clock),
    sessions: authenticator,
    waysIn: createWaysIn({ ...deps, ...store, authenticator, cookie, signInByPassword }),
    own: createOwnAccount({ ...store, authenticator }),
    users: createUserList({ ...deps, ...store }),
  }
}
