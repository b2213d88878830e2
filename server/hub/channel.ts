import type { ChildProcess } from 'node:child_process'

/** The way of messages between two processes: in order, and none is lost while both live. */
export interface Channel {
  /** `done` gets an error when the other process is gone. */
  send(message: object, done: (error: Error | null) => void): void
  onMessage(listener: (message: unknown) => void): void
}

/** The channel between this process and a child that it forked; to a child its own `process` is the way to the parent. */
export const channelOf = (end: ChildProcess | NodeJS.Process): Channel => ({
  send(message, done) {
    if (end.send === undefined) done(new Error('this process was not forked'))
    else end.send(message, undefined, undefined, done)
  },
  onMessage: listener => void end.on('message', listener),
})
