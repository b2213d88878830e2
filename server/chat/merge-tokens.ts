import type { TokenEvent, TurnEvent } from '#protocol'

/** The same events, each run of tokens as one: at the offset of its first, with the `seq` of its last. */
export function mergeTokens(events: readonly TurnEvent[]): TurnEvent[] {
  const merged: TurnEvent[] = []
  let run: TokenEvent[] = []
  const closeRun = () => {
    const [first] = run
    const last = run.at(-1)
    if (first && last) merged.push({ ...first, seq: last.seq, content: run.map(token => token.content).join('') })
    run = []
  }
  for (const event of events) {
    if (event.type === 'token') {
      run.push(event)
    } else {
      closeRun()
      merged.push(event)
    }
  }
  closeRun()
  return merged
}
