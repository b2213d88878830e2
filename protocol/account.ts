import { z } from 'zod'
import { pageOf, Time } from './shape.ts'

/** Shortest and longest password, in UTF-16 units. */
export const passwordLimits = { least: 12, most: 128 } as const

const Name = z.string().trim().min(1).max(100)
const Email = z.email().max(254)
const Password = z.string().min(passwordLimits.least).max(passwordLimits.most)
/** What stands behind the `#` of a one-time link. */
const LinkToken = z.string().min(1).max(200)

export const UserRole = z.enum(['user', 'admin'])
export type UserRole = z.infer<typeof UserRole>

/** What a page must know before anybody has signed in. */
export const Instance = z
  .object({
    release: z.string(),
    set_up: z.boolean().describe('Somebody administers it; until then the set-up link is the only way in'),
  })
  .meta({ id: 'Instance' })
export type Instance = z.infer<typeof Instance>

/** A person, as they and an admin see them. Ids are decimal strings. */
export const User = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: UserRole,
    has_password: z.boolean().describe('False until the first password link was used'),
    created_at: Time,
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof User>

export const UserPage = pageOf(User).meta({ id: 'UserPage' })
export type UserPage = z.infer<typeof UserPage>

/** Spends the set-up link: makes the first admin and signs them in. */
export const SetUp = z.object({ token: LinkToken, name: Name, email: Email, password: Password }).meta({ id: 'SetUp' })
export type SetUp = z.infer<typeof SetUp>

export const SignIn = z.object({ email: z.string().max(254), password: z.string().max(1_000) }).meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof SignIn>

/** Spends a password link: sets the password, ends all sessions of that user, and signs them in. */
export const PasswordByLink = z.object({ token: LinkToken, password: Password }).meta({ id: 'PasswordByLink' })
export type PasswordByLink = z.infer<typeof PasswordByLink>

export const PasswordChange = z
  .object({ current_password: z.string().max(1_000), new_password: Password })
  .meta({ id: 'PasswordChange' })
export type PasswordChange = z.infer<typeof PasswordChange>

export const UserChange = z.object({ name: Name.optional() }).meta({ id: 'UserChange' })
export type UserChange = z.infer<typeof UserChange>

export const NewUser = z.object({ name: Name, email: Email, role: UserRole.default('user') }).meta({ id: 'NewUser' })
export type NewUser = z.infer<typeof NewUser>

/** Given to a person by an admin; whoever opens it sets the password. */
export const PasswordLink = z
  .object({ url: z.string().describe('Works once'), expires_at: Time })
  .meta({ id: 'PasswordLink' })
export type PasswordLink = z.infer<typeof PasswordLink>

export const InvitedUser = z.object({ user: User, link: PasswordLink }).meta({ id: 'InvitedUser' })
export type InvitedUser = z.infer<typeof InvitedUser>

/** A device somebody is signed in on. */
export const Session = z
  .object({
    id: z.string(),
    current: z.boolean().describe('The one that asks'),
    user_agent: z.string().nullable(),
    ip_address: z.string().nullable(),
    created_at: Time,
    expires_at: Time,
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const SessionPage = pageOf(Session).meta({ id: 'SessionPage' })
export type SessionPage = z.infer<typeof SessionPage>
