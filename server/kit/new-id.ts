import { randomUUIDv7 } from 'node:crypto'

/** Mints one id. Ids are UUID v7: unguessable enough for names, and near each other on disk when made near in time. */
export type IdSource = () => string

export const newId: IdSource = () => randomUUIDv7()
