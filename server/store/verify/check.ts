/** One thing that is true of every sound database. */
export interface Check {
  readonly name: string
  /** What it proves, in a sentence for the operator. */
  readonly proves: string
  /**
   * A SELECT of `user_id, subject, id, problem`: a row for everything it looks at, `problem` NULL where that is sound.
   * `subject` says what `id` is the id of. Never text that people wrote. $1 and $2 bound the users: above $1, up to $2.
   */
  readonly rows: string
}

/** Whether `column`, a user's id, is of this slice of users. */
export const inSlice = (column: string) => `${column} > $1::bigint AND ${column} <= $2::bigint`

/** The length of a text as JavaScript counts it: what Postgres counts as one is two above U+FFFF. */
export const utf16Length = (text: string) =>
  `(char_length(${text}) + regexp_count(${text}, '[\\U00010000-\\U0010FFFF]'))`
