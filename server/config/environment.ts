import { resolve } from 'node:path'
import { z } from 'zod'
import {
  choice,
  emailAddress,
  key,
  listenAddress,
  password,
  secretList,
  serviceAddress,
  text,
  webOrigin,
  wholeNumber,
  wholeNumberOr,
} from './kinds.ts'
import type { SettingMistake } from './mistake.ts'
import { toMistakes } from './to-mistakes.ts'

/** What the environment decides: the machine's side of the configuration. It does not change while Parley runs. */
export interface EnvironmentConfig {
  /** 0 lets the system choose one. */
  readonly port: number
  readonly host: string
  /** The address people open, without path, query or fragment. Undefined: only people at this machine do. */
  readonly publicUrl: URL | undefined
  /** Absolute. */
  readonly dataFolder: string
  /** Undefined: Postgres runs embedded, in the data folder. */
  readonly database: DatabaseConfig | undefined
  /** Undefined: what processes share stays on this machine. */
  readonly redisUrl: string | undefined
  /** Processes that serve; `auto`: one for each core. */
  readonly workers: number | 'auto'
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
  /** Undefined: the first administrator comes through the set-up link. */
  readonly admin: AdminConfig | undefined
  /** The one in use first; older ones still decrypt. Empty: one is made and kept in the data folder. */
  readonly secrets: readonly string[]
  /** Undefined: metrics are for administrators' keys and for this machine. */
  readonly metricsToken: string | undefined
}

export interface DatabaseConfig {
  readonly url: string
  /** A way past the connection pooler, for LISTEN; the same as `url` where there is none. */
  readonly directUrl: string
}

export interface AdminConfig {
  readonly email: string
  /** Counts only while no administrator exists. */
  readonly password: string | undefined
  /** An API key of that administrator. */
  readonly key: string | undefined
}

/** Every environment variable: its kind, its default, and a sentence about it. */
export const environmentSettings = z.object({
  PORT: wholeNumber(0, 65_535).prefault(3000).describe('The port to listen on; 0 takes a free one.'),
  HOST: listenAddress()
    .prefault('127.0.0.1')
    .describe('The address to listen on; `0.0.0.0` or `::` for every one of this machine.'),
  PARLEY_URL: webOrigin()
    .optional()
    .describe(
      'The public address, for links, redirects, passkeys and the check of origins; cookies are Secure where it is https. Unset: people can sign in at this machine alone.',
    ),
  PARLEY_DATA: text().prefault('./data').describe('The folder for everything that is kept on this machine.'),
  PARLEY_CONFIG: text().prefault('./parley.yaml').describe('The configuration file. It must exist where this is set.'),
  DATABASE_URL: serviceAddress('postgres', 'postgresql')
    .optional()
    .describe('Your Postgres. Unset: one runs embedded in the data folder.'),
  DATABASE_DIRECT_URL: serviceAddress('postgres', 'postgresql')
    .optional()
    .describe('The same database past a connection pooler that cannot LISTEN.'),
  REDIS_URL: serviceAddress('redis', 'rediss')
    .optional()
    .describe('A Redis, for what several machines share: limits, cached answers, the load of clusters.'),
  PARLEY_WORKERS: wholeNumberOr('auto', 1, 256)
    .prefault(1)
    .describe('Processes that serve on the port, as `npm start -- --workers 4` says, too; `auto`: one for each core.'),
  LOG_LEVEL: choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent')
    .prefault('info')
    .describe('What is logged: this level and the graver ones.'),
  PARLEY_ADMIN_EMAIL: emailAddress()
    .optional()
    .describe('With `PARLEY_ADMIN_PASSWORD`: the first administrator; counts only while there is none.'),
  PARLEY_ADMIN_PASSWORD: password(12).optional().describe("The first administrator's password."),
  PARLEY_ADMIN_KEY: key(32)
    .optional()
    .describe(
      "An administrator's API key, set again at each start; alone it is that of `admin@parley.local`. One that a start does not name any more is revoked.",
    ),
  PARLEY_SECRET: secretList(32)
    .optional()
    .describe(
      'What seals sessions and stored keys; needed with `DATABASE_URL`, else made in the data folder. After a comma follow older ones, which still decrypt.',
    ),
  PARLEY_METRICS_TOKEN: key(16)
    .optional()
    .describe("The Bearer token for `GET /metrics`. Unset: an administrator's key, or a call from this machine."),
})

export interface EnvironmentReading {
  /** Undefined where there are mistakes. */
  readonly config: EnvironmentConfig | undefined
  readonly mistakes: readonly SettingMistake[]
  /** Absolute. */
  readonly dataFolder: string
  readonly configFile: string
  /** As it is called in mistakes. */
  readonly configFileName: string
  /** The operator named the file, so it must exist. */
  readonly configFileIsNamed: boolean
}

/** Reads the variables of the table. A variable that is empty counts as not set, as most deployment tools mean it. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): EnvironmentReading {
  const written = Object.fromEntries(
    Object.keys(environmentSettings.shape).map(name => [name, env[name]?.trim() === '' ? undefined : env[name]]),
  )
  const result = environmentSettings.safeParse(written)
  const mistakes = [...(result.success ? [] : toMistakes(result.error, written)), ...together(written)]
  const folders = environmentSettings.pick({ PARLEY_DATA: true, PARLEY_CONFIG: true }).parse(written)
  const dataFolder = resolve(cwd, folders.PARLEY_DATA)
  return {
    config: result.success && mistakes.length === 0 ? toConfig(result.data, dataFolder) : undefined,
    mistakes,
    dataFolder,
    configFile: resolve(cwd, folders.PARLEY_CONFIG),
    configFileName: folders.PARLEY_CONFIG.replace(/^\.\//, ''),
    configFileIsNamed: written.PARLEY_CONFIG !== undefined,
  }
}

function toConfig(read: z.output<typeof environmentSettings>, dataFolder: string): EnvironmentConfig {
  const { DATABASE_URL: url, PARLEY_ADMIN_EMAIL: email, PARLEY_ADMIN_KEY: adminKey } = read
  return {
    port: read.PORT,
    host: read.HOST,
    publicUrl: read.PARLEY_URL,
    dataFolder,
    database: url === undefined ? undefined : { url, directUrl: read.DATABASE_DIRECT_URL ?? url },
    redisUrl: read.REDIS_URL,
    workers: read.PARLEY_WORKERS,
    logLevel: read.LOG_LEVEL,
    admin:
      email === undefined && adminKey === undefined
        ? undefined
        : { email: email ?? adminOfTheKey, password: read.PARLEY_ADMIN_PASSWORD, key: adminKey },
    secrets: read.PARLEY_SECRET ?? [],
    metricsToken: read.PARLEY_METRICS_TOKEN,
  }
}

/** Who holds an administrator's key that comes without an address. */
const adminOfTheKey = 'admin@parley.local'

/** Variables that work only beside another: the first asks for the second. */
const companions = [
  ['PARLEY_ADMIN_EMAIL', 'PARLEY_ADMIN_PASSWORD'],
  ['PARLEY_ADMIN_PASSWORD', 'PARLEY_ADMIN_EMAIL'],
  ['DATABASE_URL', 'PARLEY_SECRET'],
  ['DATABASE_DIRECT_URL', 'DATABASE_URL'],
] as const

const together = (written: Readonly<Record<string, string | undefined>>) =>
  companions
    .filter(([present, needed]) => written[present] !== undefined && written[needed] === undefined)
    .map(([present, needed]) => ({ path: [needed], message: `must be set, as ${present} is` }))
