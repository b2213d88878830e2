import type { Target } from './tree.ts'

/** Where a destination may lead, or nothing where it must stay text: only http, https and mailto, only absolute. */
export function safeLink(destination: string): Target | undefined {
  if (destination.length > longestDestination) return undefined
  // Browsers drop some of these before they read the scheme; we drop them before we judge it.
  const visible = destination.replace(hidden, '')
  if (/^mailto:/i.test(visible)) return mailLink(visible)
  if (!/^https?:\/\/[^/\\]/i.test(visible) || !URL.canParse(visible)) return undefined
  const url = new URL(visible)
  // `https://bank.example@evil.example` would read as the bank's.
  url.username = ''
  url.password = ''
  return { url: url.href, host: url.host }
}

/** Whether a link's text names the host it leads to, and no other: `host` and `host/path` do, with or without a scheme. */
export function textShowsHost(text: string, host: string): boolean {
  const [shown = ''] = text
    .trim()
    .replace(/^(https?:\/\/|mailto:)/i, '')
    .split(/[/?#\s]/, 1)
  return shown.toLowerCase() === host.toLowerCase()
}

const longestDestination = 4096
/** Controls, spaces and the characters that have no width. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const hidden = /[\u0000-\u0020\u007f-\u00a0\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]/g

function mailLink(text: string): Target | undefined {
  const address = /^mailto:([^?]+)/i.exec(text)?.[1]
  if (address === undefined || !/^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(address)) return undefined
  // What else a mailto link can say (copies, a body) the reader would not see.
  return { url: `mailto:${address}`, host: address }
}
