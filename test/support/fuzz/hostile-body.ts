import { hostileJson, hostileKey } from './hostile-values.ts'
import { type Entry, type JsonText, leaf, writeJson } from './json-text.ts'
import { pickWeighted, type Random } from './random.ts'

/** A body that was valid until something happened to it. */
export function hostileBody(random: Random, valid: JsonText): Buffer {
  let body = valid
  for (let changes = random.below(4); changes > 0; changes--) body = changed(random, body)
  const bytes = Buffer.from(writeJson(body))
  return random.chance(0.25) ? broken(random, bytes) : bytes
}

/** The same JSON with one thing changed: a value, a key, one more or one less. */
export function changed(random: Random, node: JsonText): JsonText {
  if (random.chance(0.04)) return leaf(hostileJson(random))
  if (random.chance(0.02)) return { kind: 'array', items: [node] }
  switch (node.kind) {
    case 'object':
      return { kind: 'object', entries: changedEntries(random, node.entries) }
    case 'array': {
      const at = random.below(node.items.length + 1)
      const item = node.items[at]
      return {
        kind: 'array',
        items: node.items.toSpliced(at, 1, item ? changed(random, item) : leaf(hostileJson(random))),
      }
    }
    case 'leaf':
      return leaf(hostileJson(random))
  }
}

function changedEntries(random: Random, entries: readonly Entry[]): readonly Entry[] {
  const at = random.below(entries.length)
  const entry = entries[at]
  const added: Entry = [hostileKey(random), leaf(hostileJson(random))]
  if (entry === undefined) return [added]
  const [key, value] = entry
  return pickWeighted(random, [
    [60, () => entries.with(at, [key, changed(random, value)])],
    [15, () => [...entries, added]],
    [8, () => [...entries, [key, leaf(hostileJson(random))]]], // the key stands twice
    [8, () => entries.toSpliced(at, 1)],
    [8, () => entries.with(at, [hostileKey(random), value])],
    [1, () => Array.from({ length: 2_000 }, (): Entry => [key, leaf('0')])],
  ])
}

/** Bytes that are no JSON, or no UTF-8. */
function broken(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1)
  const insert = (piece: Buffer) => Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
  return pickWeighted(random, [
    [4, () => bytes.subarray(0, at)],
    [4, () => insert(random.pick(badUtf8))],
    [2, () => insert(random.bytes(1 + random.below(8)))],
    [1, () => insert(Buffer.from('\0'))],
    [1, () => Buffer.concat([Buffer.from('\ufeff'), bytes])],
    [1, () => Buffer.concat([bytes, bytes])],
    [1, () => Buffer.from(bytes.toString(), 'utf16le')],
    [1, () => random.bytes(random.below(2_000))],
    [1, () => Buffer.alloc(0)],
    [1, () => Buffer.concat([bytes, Buffer.alloc(random.pick([1_048_000, 1_048_576, 2_000_000]), ' ')])],
  ])
}

/** A lone continuation, an overlong NUL, a surrogate, a code point too high, a sequence cut short, a byte of no meaning. */
const badUtf8 = [
  Buffer.from([0x80]),
  Buffer.from([0xc0, 0x80]),
  Buffer.from([0xed, 0xa0, 0x80]),
  Buffer.from([0xf4, 0x90, 0x80, 0x80]),
  Buffer.from([0xe2, 0x82]),
  Buffer.from([0xff]),
] as const
