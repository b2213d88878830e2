/**
 * What a machine without services gets from us: a real Postgres and real language models, as child processes.
 * Must never be asked for anything but their addresses: the rest of the product sees a database and clusters.
 */

export { keptSecret } from './kept-secret.ts'
export { demoModel, findLocalModels, type LocalModel, startLocalModels } from './local-models.ts'
export type { EmbeddedModel } from './model/start-model.ts'
export { StartError } from './postgres/start-error.ts'
export { type EmbeddedPostgres, type PostgresConnection, startPostgres } from './postgres/start-postgres.ts'
export { type PostgresVisit, visitPostgres } from './postgres/visit-postgres.ts'
