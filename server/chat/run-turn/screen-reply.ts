import { followAbort } from '#kit'
import type { Refusal, ReplyScreen, Safety, Screened } from '#safety'
import { cleanTextStage } from './clean-text.ts'
import type { ReplyEvent, ReplySource } from './reply-event.ts'

/** After so much silence what is held back may go: no rule is about to be completed. */
const silenceMs = 100

/**
 * The same source, its text clean and judged: what leaves may be seen. A refusal ends the source and takes the place of
 * its text; so does one of the reasoning, which is judged apart, since readers see it too. `before` is the text that the
 * source goes on with.
 */
export function screenReply(source: ReplySource, safety: Safety, before: string): ReplySource {
  return async (take, signal) => {
    const clean = cleanTextStage()
    const answer = safety.screenReply(() => heedNews('text'), before)
    if (answer === undefined) return source(batch => take(clean(batch)), signal)
    const screens: Record<Channel, ReplyScreen | undefined> = { text: answer, reasoning: undefined }
    const stop = followAbort(signal)
    let end: ReplyEvent | undefined
    let refused = false
    let silence: NodeJS.Timeout | undefined

    function judged(channel: Channel, { release, refusal }: Screened): ReplyEvent[] {
      const events: ReplyEvent[] = release === '' ? [] : [{ type: channel, text: release }]
      return refusal === undefined ? events : [...events, refuse(refusal)]
    }

    function refuse(refusal: Refusal): ReplyEvent {
      refused = true
      stop.abort()
      return { type: 'refused', message: 'answer', refusal }
    }

    const settle = (channel: Channel): ReplyEvent[] => {
      const screen = screens[channel]
      return refused || screen === undefined ? [] : judged(channel, screen.settle())
    }

    function heedNews(channel: Channel): void {
      try {
        tell(settle(channel))
      } catch (error) {
        stop.abort(error) // the guard is down: so is this answer
      }
    }

    function settleBoth(): void {
      heedNews('reasoning')
      heedNews('text')
    }

    function tell(events: readonly ReplyEvent[]): void {
      if (events.length > 0) take(events)
    }

    function push(channel: Channel, text: string): Screened {
      // Few models show their reasoning.
      screens.reasoning ??= channel === 'reasoning' ? safety.screenReply(() => heedNews('reasoning')) : undefined
      return screens[channel]?.push(text) ?? { release: text, refusal: undefined }
    }

    function screened(batch: readonly ReplyEvent[]): readonly ReplyEvent[] {
      const [only] = batch
      if (batch.length === 1 && only?.type === 'text') {
        const pushed = push('text', only.text)
        // Nearly always the batch passes as it is.
        return pushed.release === only.text && pushed.refusal === undefined ? batch : judged('text', pushed)
      }
      const events: ReplyEvent[] = []
      for (const event of batch) {
        if (refused) break
        if (event.type === 'text' || event.type === 'reasoning') {
          events.push(...judged(event.type, push(event.type, event.text)))
        } else if (event.type === 'end') {
          end = event // what is still held comes before it
        } else {
          events.push(event)
        }
      }
      return events
    }

    function waitForSilence(): void {
      if (silence !== undefined) clearTimeout(silence)
      silence = undefined
      if (!screens.text?.isHolding() && !screens.reasoning?.isHolding()) return
      silence = setTimeout(settleBoth, silenceMs)
    }

    try {
      await source(batch => {
        if (refused) return
        tell(screened(clean(batch)))
        waitForSilence()
      }, stop.signal)
      for (const channel of ['reasoning', 'text'] as const) {
        const screen = screens[channel]
        if (!refused && screen !== undefined) tell(judged(channel, await screen.end(signal)))
      }
    } catch (error) {
      if (!refused) settleBoth() // what was held back is part of the text so far
      if (!refused || signal.aborted) throw error
    } finally {
      clearTimeout(silence)
      stop.release()
      screens.text?.close()
      screens.reasoning?.close()
    }
    if (refused) take([{ type: 'end', finishReason: 'content_filter' }])
    else if (end !== undefined) take([end])
  }
}

/** What readers see, each judged as a text of its own. */
type Channel = 'text' | 'reasoning'
