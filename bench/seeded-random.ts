/** Numbers in [0, 1), the same for the same seed. */
export type Random = () => number

/** The generator known as mulberry32: small, fast, and good enough to choose by. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A seed for a text (FNV-1a). */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** One of them; undefined of none. */
export const pick = <Item>(items: readonly Item[], random: Random): Item | undefined =>
  items[Math.floor(random() * items.length)]

export function shuffle<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map(item => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}

/** Exponentially distributed, with this mean. */
export const exponential = (mean: number, random: Random): number => -mean * Math.log(1 - random())

/** Normally distributed, with mean 0 and variance 1 (Box and Muller 1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** Log-normally distributed, with this mean; `sigma` is the standard deviation of its logarithm. */
export const logNormal = (mean: number, sigma: number, random: Random): number =>
  mean * Math.exp(sigma * normal(random) - (sigma * sigma) / 2)
