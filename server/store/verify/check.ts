/** One thing that is true of every sound database. */
export interface Check {
  readonly name: string
  /** What it proves, in a sentence for the operator. */
  readonly proves: string
  /**
   * A SELECT of `user_id, subject, id, problem`: a row for everything it looks at, `problem` NULL where that is sound.
   * `subject` says what `id` is the id of. Never text that people wrote. $1 and $2 bound the users: above $1, up to $2;
   * every table in it is cut down to them, for Postgres does not see that equal ids are in equal bounds.
   */
  readonly rows: string
}

/** Whether `column`, a user's id, is of this slice of users. */
export const inSlice = (column: string) => `${column} > $1::bigint AND ${column} <= $2::bigint`

/**
 * To be joined as `name`: the message, turn or conversation of the same owner whose id stands in a column of `row`. A
 * message is looked for in the row's conversation alone.
 */
export const messageOf = (name: string, row: string, column: string) =>
  `${owned('messages', name, row, column)} AND ${name}.conversation_id = ${row}.conversation_id`
export const turnOf = (name: string, row: string, column: string) => owned('turns', name, row, column)
export const conversationOf = (name: string, row: string, column: string) => owned('conversations', name, row, column)

const owned = (table: string, name: string, row: string, column: string) =>
  `${table} ${name}
   ON ${inSlice(`${name}.user_id`)} AND ${name}.user_id = ${row}.user_id AND ${name}.id = ${row}.${column}`

/** The length of a text as JavaScript counts it: what Postgres counts as one is two above U+FFFF. */
export const utf16Length = (text: string) =>
  `(char_length(${text}) + regexp_count(${text}, '[\\U00010000-\\U0010FFFF]'))`
