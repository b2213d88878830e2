import { APIError, betterAuth } from 'better-auth'
import type { AuthTables, People } from '#store'
import { sessionSeconds } from './session-cookie.ts'

/** Where somebody signs in from; shown to them in the list of their sessions. */
export interface Device {
  readonly ipAddress: string
  readonly userAgent: string | undefined
}

/**
 * Makes a session for whoever knows the password, and returns its token. Undefined for an unknown e-mail, a wrong
 * password and a banned user alike, after the same work.
 */
export type SignInByPassword = (email: string, password: string, device: Device) => Promise<string | undefined>

export interface SignInDeps {
  readonly authTables: AuthTables
  readonly people: People
  readonly secret: string
}

/** Carries the caller's address to the library, which reads it from a header alone. */
const addressHeader = 'x-parley-address'
const longestUserAgent = 300

/**
 * The auth library, for what should not be written by hand: it checks passwords and makes sessions. None of its own
 * routes is served and none of its cookies is sent, so the address it insists on is nobody's.
 */
export function createSignIn({ authTables, people, secret }: SignInDeps): SignInByPassword {
  const auth = betterAuth({
    database: authTables.database,
    secret,
    baseURL: 'http://localhost',
    logger: { disabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    // A password from the environment may be longer than those that people set here.
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 1, maxPasswordLength: 1_000 },
    user: { modelName: 'users', fields: { emailVerified: 'email_verified', ...times } },
    session: {
      modelName: 'sessions',
      expiresIn: sessionSeconds,
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        ...times,
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        ...times,
      },
    },
    verification: { modelName: 'verifications', fields: { expiresAt: 'expires_at', ...times } },
    advanced: {
      database: { generateId: 'serial' },
      ipAddress: { ipAddressHeaders: [addressHeader], ipv6Subnet: 128 },
    },
    databaseHooks: {
      session: { create: { before: async ({ userId }) => !(await people.isBanned(userId)) } },
    },
  })

  return async (email, password, { ipAddress, userAgent = '' }) => {
    const headers = new Headers({ [addressHeader]: ipAddress, 'user-agent': userAgent.slice(0, longestUserAgent) })
    try {
      const { token } = await authTables.reach(() => auth.api.signInEmail({ body: { email, password }, headers }))
      return token
    } catch (error) {
      if (error instanceof APIError && error.statusCode < 500) return undefined
      throw error
    }
  }
}

const times = { createdAt: 'created_at', updatedAt: 'updated_at' }
