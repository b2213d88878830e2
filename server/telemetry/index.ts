/**
 * What an operator sees: logs, metrics, readiness.
 * Must never let message text, titles, search words, file names, e-mails, keys or database error details out.
 */
export { createFetchedFigure, type FetchedFigure } from './fetched-figure.ts'
export { createLog, type LogLevel } from './log.ts'
export { createMetrics, type Metrics } from './metrics.ts'
export { exposeTogether } from './metrics-together.ts'
export { createReadiness, type Readiness } from './readiness.ts'
