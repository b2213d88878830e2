import { choice, hostName, key, password, text, textLike, webAddress, wholeNumber } from './kinds.ts'
import { listOf, rule, section, uniqueNames } from './section.ts'

/** A sign-in service of the operator's (OpenID Connect). */
export interface OidcConfig {
  /** Part of the callback's address. */
  readonly name: string
  /** On the button; as `name` where none is set. */
  readonly label: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  readonly scopes: readonly string[]
}

export interface SmtpConfig {
  readonly host: string
  readonly port: number
  readonly security: 'starttls' | 'tls' | 'none'
  /** Undefined: it asks for no sign-in. */
  readonly credentials: { readonly user: string; readonly password: string } | undefined
  readonly from: string
}

export interface AuthConfig {
  readonly signUp: 'closed' | 'invite' | 'domains' | 'open'
  /** Those of the e-mail addresses that may sign up; not empty where `signUp` is `domains`. */
  readonly domains: readonly string[]
  readonly oidc: readonly OidcConfig[]
  /** Undefined: no mail can be sent. */
  readonly smtp: SmtpConfig | undefined
}

const oidc = section({
  name: textLike('lower-case letters, digits and hyphens', /^[a-z0-9][a-z0-9-]{0,62}$/).describe(
    'Part of the callback address, once only.',
  ),
  label: text().optional().describe('What the button says. Left out: the name.'),
  issuer: webAddress().describe("The service's address, from which its discovery document is read."),
  client_id: text().describe('The name it knows Parley by.'),
  client_secret: key(1).describe('The secret it gave Parley.'),
  scopes: listOf(text()).prefault(['openid', 'email', 'profile']).describe('What is asked for.'),
}).transform(
  (written): OidcConfig => ({
    name: written.name,
    label: written.label ?? written.name,
    issuer: written.issuer,
    clientId: written.client_id,
    clientSecret: written.client_secret,
    scopes: written.scopes,
  }),
)

const userWithPassword = rule<{ readonly user?: unknown; readonly password?: unknown }>(function* (written) {
  if (written.user !== undefined && written.password === undefined)
    yield { path: ['password'], message: 'must be set, as "user" is' }
  if (written.user === undefined && written.password !== undefined)
    yield { path: ['user'], message: 'must be set, as "password" is' }
})

const smtp = section({
  host: hostName().describe('The mail server.'),
  port: wholeNumber(1, 65_535).prefault(587).describe('Its port.'),
  security: choice('starttls', 'tls', 'none').prefault('starttls').describe('How the connection is secured.'),
  user: text().optional().describe('Left out with `password`: it asks for no sign-in.'),
  password: password(1).optional().describe("The user's."),
  from: textLike('a sender such as "Parley <parley@example.com>"', /^[^\r\n]*\S@\S[^\r\n]*$/).describe(
    'The sender of the mails.',
  ),
})
  .check(userWithPassword)
  .transform(
    ({ host, port, security, user, password, from }): SmtpConfig => ({
      host,
      port,
      security,
      credentials: user === undefined || password === undefined ? undefined : { user, password },
      from,
    }),
  )

const domainsNamed = rule<{ readonly sign_up?: unknown; readonly domains?: unknown }>(function* (written) {
  if (written.sign_up === 'domains' && Array.isArray(written.domains) && written.domains.length === 0)
    yield { path: ['domains'], message: 'must name a domain, as sign_up is "domains"' }
})

export const auth = section({
  sign_up: choice('closed', 'invite', 'domains', 'open')
    .prefault('closed')
    .describe(
      'Who may make an account: nobody, the invited, holders of an address in `domains`, everybody. Takes effect with a later release.',
    ),
  domains: listOf(hostName()).prefault([]).describe('Domains of e-mail addresses, for `sign_up: domains`.'),
  oidc: listOf(oidc)
    .check(uniqueNames)
    .prefault([])
    .describe('Sign-in services (OpenID Connect). Takes effect with a later release.'),
  smtp: smtp
    .optional()
    .describe(
      'The server that sends mails: invitations, forgotten passwords, confirmations. Takes effect with a later release.',
    ),
})
  .check(domainsNamed)
  .transform(
    (written): AuthConfig => ({
      signUp: written.sign_up,
      domains: written.domains,
      oidc: written.oidc,
      smtp: written.smtp,
    }),
  )
  .prefault({})
  .describe('Accounts and signing in.')
