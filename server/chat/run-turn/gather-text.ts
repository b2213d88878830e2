import { followAbort } from '#kit'
import type { ReaderTick } from '../reader-tick.ts'
import type { ReplySource } from './reply-event.ts'

/**
 * The same source; under pressure, the pieces of its text that come between two ticks are one piece. They would leave as
 * one frame anyhow, and each of the stages that are left out costs as much as the writing of it. A first piece, and what
 * is no text, is never held.
 */
export function gatherText(source: ReplySource, tick: Pick<ReaderTick, 'pressed' | 'gather'>): ReplySource {
  return async (take, signal) => {
    const stop = followAbort(signal)
    let begun = false
    let gathered = ''

    function passOn(): void {
      if (gathered === '') return
      const text = gathered
      gathered = ''
      take([{ type: 'text', text }])
    }

    function passOnAtTick(): void {
      try {
        passOn()
      } catch (error) {
        stop.abort(error)
      }
    }

    try {
      await source(batch => {
        const [only] = batch
        if (begun && tick.pressed && batch.length === 1 && only?.type === 'text') {
          gathered += only.text
          tick.gather(passOnAtTick)
          return
        }
        begun ||= batch.some(({ type }) => type === 'text')
        passOn()
        take(batch)
      }, stop.signal)
    } finally {
      stop.release()
      passOn() // what was said before a failure is part of the text so far
    }
  }
}
