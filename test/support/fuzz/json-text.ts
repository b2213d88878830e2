/** JSON as it stands in a text: a key may come twice, and a leaf be no JSON at all. */
export type JsonText =
  | { readonly kind: 'object'; readonly entries: readonly Entry[] }
  | { readonly kind: 'array'; readonly items: readonly JsonText[] }
  | Leaf

/** A key and its value; the key with its quotation marks. */
export type Entry = readonly [key: string, value: JsonText]

/** A string, number or word, right or wrong, as it is to be written. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly text: string
}

export const leaf = (text: string): Leaf => ({ kind: 'leaf', text })

export function toJsonText(value: unknown): JsonText {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(toJsonText) }
  if (typeof value !== 'object' || value === null) return leaf(JSON.stringify(value) ?? 'null')
  const entries = Object.entries(value).map(([key, part]): Entry => [JSON.stringify(key), toJsonText(part)])
  return { kind: 'object', entries }
}

export function writeJson(node: JsonText): string {
  switch (node.kind) {
    case 'object':
      return `{${node.entries.map(([key, value]) => `${key}:${writeJson(value)}`).join(',')}}`
    case 'array':
      return `[${node.items.map(writeJson).join(',')}]`
    case 'leaf':
      return node.text
  }
}
