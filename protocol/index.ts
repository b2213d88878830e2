/**
 * What crosses the wire, as schemas and their types: the one place where client and server agree.
 * Must never import anything but the schema library, or know how a thing is stored or served.
 */
export * from './account.ts'
export * from './classification.ts'
export * from './cluster.ts'
export * from './conversation.ts'
export * from './fault-code.ts'
export * from './instance-health.ts'
export * from './message.ts'
export * from './model.ts'
export * from './server-name.ts'
export * from './shape.ts'
export * from './turn-event.ts'
