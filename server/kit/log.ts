/** Facts of a log line. Never message text, titles, search words, file names, e-mails, keys or database error details. */
export type LogFields = Readonly<Record<string, unknown>>

/** The logger's port; pino satisfies it. `fields` first, then one plain sentence. Never throws, never blocks. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
}
