/** What a `<` begins in running text. `end` is the index after it. */
export type Angle =
  | { readonly kind: 'address'; readonly address: string; readonly end: number }
  | { readonly kind: 'break'; readonly end: number }
  | { readonly kind: 'text'; readonly end: number }

/** Reads `<https://...>`, `<me@example.org>`, `<br>` with the line's end after it, or HTML and comments, which are text. */
export function scanAngle(text: string, start: number): Angle {
  const [link, address] = matchAt(autolink, text, start)
  if (link !== undefined && address !== undefined) return { kind: 'address', address, end: start + link.length }
  const [tag] = matchAt(html, text, start)
  if (tag === undefined) return { kind: 'text', end: start + 1 }
  // A line that ends after its <br> is broken once.
  const [lineBreak] = matchAt(breakTag, text, start)
  return lineBreak === undefined
    ? { kind: 'text', end: start + tag.length }
    : { kind: 'break', end: start + lineBreak.length }
}

const autolink = /<([a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[\w.+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+)>/iy
const html = /<!--[\s\S]*?-->|<\/?[a-z][a-z0-9-]*(?:\s[^<>]*|\/)?>/iy
const breakTag = /<br\s*\/?>(?: *\n *)?/iy

function matchAt(pattern: RegExp, text: string, at: number): readonly (string | undefined)[] {
  pattern.lastIndex = at
  return pattern.exec(text) ?? []
}
