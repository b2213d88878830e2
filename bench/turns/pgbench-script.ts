import type pg from 'pg'
import type { SentStatement } from './capture-statements.ts'
import { conversationIdPrefix, conversationIdStart } from './data-set.ts'

/** What pgbench runs: a file, and the texts that its variables stand for. */
export interface PgbenchScript {
  /** It counts its runs in `n`, from `firstCount` on. */
  readonly text: string
  readonly variables: ReadonlyMap<string, string>
  /** Statements of one turn. */
  readonly statements: number
}

/** One turn as it was captured. */
export interface CapturedTurn {
  readonly conversationId: string
  readonly statements: readonly SentStatement[]
}

/**
 * The statements of a turn as a pgbench script, from two turns that were captured. What both have in common stays as it
 * is, and so do figures and texts; the conversation's id becomes that of the next of the client's own conversations; and
 * every other id that the two do not share, such as that of the turn, becomes a fresh one in each run, rising from `now` on
 * as ours do. Values stay parameters of the protocol, and each gets the type that Postgres finds for it. Undefined when
 * the two turns sent different statements.
 */
export async function writeScript(
  database: pg.Client,
  turns: readonly [CapturedTurn, CapturedTurn],
  conversationsPerClient: number,
  now: number,
): Promise<PgbenchScript | undefined> {
  const [first, second] = [ownStatements(turns[0], turns[1]), ownStatements(turns[1], turns[0])]
  if (first.length === 0 || !sameTexts(first, second)) return undefined
  const names = new Map<string, string>()
  const freshIds: string[] = []
  const shared = idsOf(turns[1].statements)

  function toSql(value: string | null, type: string): string {
    if (value === null) return `NULL::${type}`
    const [piece = '', ...others] = value.split(anyId).filter(part => part !== '')
    if (others.length === 0) return `${pieceToSql(piece)}::${type}`
    return `(${[piece, ...others].map(part => `${pieceToSql(part)}::text`).join(' || ')})::${type}`
  }

  function pieceToSql(piece: string): string {
    if (piece === turns[0].conversationId) return `('${conversationIdPrefix}' || :conversation)`
    if (!isId(piece) || shared.has(piece)) {
      const name = names.get(piece) ?? `text${names.size}`
      names.set(piece, name)
      return `:${name}`
    }
    if (!freshIds.includes(piece)) freshIds.push(piece)
    return `('${freshIdPrefix}' || :id${freshIds.indexOf(piece)})`
  }

  const freshIdPrefix = `${now.toString(16).padStart(12, '0')}7000`
  const sql: string[] = []
  for (const { text, values } of first) {
    const types = await parameterTypes(database, text)
    const valueAt = (place: number) => toSql(values[place] ?? null, types[place] ?? 'text')
    sql.push(`${text.replaceAll(/\$(\d+)/g, (_, number: string) => valueAt(Number(number) - 1)).trim()};`)
  }
  const settings = [
    '\\set n :n + 1',
    `\\set conversation ${conversationIdStart} + :client_id * ${conversationsPerClient} + :n % ${conversationsPerClient}`,
    // Sixteen decimal digits are the second half of an id, too.
    ...freshIds.map((_, place) => `\\set id${place} 1000000000000000 + :n * 1000000 + :client_id * 100 + ${place}`),
  ]
  return {
    text: `${[...settings, ...sql].join('\n')}\n`,
    variables: new Map([...names].map(([text, name]) => [name, text])),
    statements: first.length,
  }
}

/** From where `n` of a run counts, so that its ids come after those of the runs before: no client does a turn in 1 ms. */
export const firstCount = (now: number): number => now % 1_000_000_000

const anyId = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/
const isId = (text: string) => text.length === 36 && anyId.test(text)

const idsOf = (statements: readonly SentStatement[]): ReadonlySet<string> =>
  new Set(statements.flatMap(({ values }) => values.flatMap(value => value?.split(anyId) ?? [])).filter(isId))

/** Those that speak of this turn; what the server does now and then for itself names nothing of it. */
function ownStatements(turn: CapturedTurn, other: CapturedTurn): readonly SentStatement[] {
  const shared = idsOf(other.statements)
  return turn.statements.filter(statement => [...idsOf([statement])].some(id => !shared.has(id)))
}

/** In whatever order: of two that are under way at once either may be first. */
function sameTexts(a: readonly SentStatement[], b: readonly SentStatement[]): boolean {
  const textsOf = (statements: readonly SentStatement[]) => statements.map(({ text }) => text).sort()
  return textsOf(a).join('\0') === textsOf(b).join('\0')
}

async function parameterTypes(database: pg.Client, text: string): Promise<readonly string[]> {
  await database.query(`PREPARE captured AS ${text}`)
  const { rows } = await database.query<{ types: string[] }>(
    "SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = 'captured'",
  )
  await database.query('DEALLOCATE captured')
  return rows[0]?.types ?? []
}
