/**
 * Who is calling: API keys, the first admin, and the instance's secret. Signing in belongs to the auth library.
 * Must never log or return a key or password, or decide what a caller may do with a conversation.
 */
export { checkSecret } from './check-secret.ts'
export { ensureAdmin, type FirstAdmin } from './ensure-admin.ts'
export { createKeyAuthenticator, type KeyAuthenticator, type Principal } from './key-authenticator.ts'
export { createSealer, type Sealer } from './sealer.ts'
