/**
 * Who is calling: API keys, sessions and passwords, the first admin, and the instance's secret. What should not be
 * written by hand belongs to the auth library. Must never log or return a key, password or token, or decide what a caller
 * may do with a conversation.
 */
export { checkSecret } from './check-secret.ts'
export { type Accounts, createAccounts } from './create-accounts.ts'
export { ensureAdmin, type FirstAdmin } from './ensure-admin.ts'
export type { KeyAuthenticator } from './key-authenticator.ts'
export type { OwnAccount } from './own-account.ts'
export type { Principal } from './principal.ts'
export { createSealer, type Sealer } from './sealer.ts'
export type { SessionAuthenticator } from './session-authenticator.ts'
export type { Device } from './sign-in.ts'
export { createUserList, type UserList } from './user-list.ts'
export type { WaysIn } from './ways-in.ts'
