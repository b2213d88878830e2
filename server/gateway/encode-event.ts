import type { TurnEvent } from '#protocol'

/** An event as JSON. Tokens, which are nearly all of them, are put together by hand: only their text needs escaping. */
export function encodeEvent(event: TurnEvent): string {
  if (event.type !== 'token') return JSON.stringify(event)
  const { turn_id, seq, content, offset } = event
  return `{"type":"token","turn_id":"${turn_id}","seq":${seq},"content":${JSON.stringify(content)},"offset":${offset}}`
}
