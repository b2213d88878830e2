/**
 * What the workers of one `--workers N` share: each has a line to the process that started them, for a question and its
 * answer. A few questions a request.
 * Must never carry tokens, hold anybody up for longer than they said, or know what is asked.
 */
export { type Channel, channelOf } from './channel.ts'
export { type Hub, type Line, type LineOptions, openLine } from './line.ts'
