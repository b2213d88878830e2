/**
 * A stage of the pipeline: a synchronous function over one batch of events. It may change, drop or add events and keep
 * state between batches; it never waits. Waiting happens only at the source (a cluster's socket) and the sink.
 */
export type Stage<Event> = (batch: readonly Event[]) => readonly Event[]
