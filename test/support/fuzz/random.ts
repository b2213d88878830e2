/** Numbers that look random and follow from a seed alone. */
export interface Random {
  /** A whole number from 0, below `limit`. */
  below(limit: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  pick<Item>(list: readonly [Item, ...Item[]]): Item
  pick<Item>(list: readonly Item[]): Item | undefined
  bytes(length: number): Buffer
}

/** Equal seeds give equal numbers. The generator is Chris Doty-Humphrey's sfc32, its state four hashes (FNV-1a) of the seed. */
export function randomOf(seed: string): Random {
  let [a, b, c, d] = [hash(`a${seed}`), hash(`b${seed}`), hash(`c${seed}`), hash(`d${seed}`)]
  const next = () => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
  for (let round = 0; round < 15; round++) next() // until every bit of the state has mixed

  const below = (limit: number) => Math.floor(next() * limit)
  const pick = <Item>(list: readonly Item[]) => list[below(list.length)]
  return {
    below,
    chance: probability => next() < probability,
    pick: pick as Random['pick'],
    bytes: length => Buffer.from(Array.from({ length }, () => below(256))),
  }
}

/** One of the makers, each as often as its weight says. */
export function pickWeighted<Made>(
  random: Random,
  makers: readonly (readonly [weight: number, make: () => Made])[],
): Made {
  let rest = random.below(makers.reduce((sum, [weight]) => sum + weight, 0))
  for (const [weight, make] of makers) {
    if (rest < weight) return make()
    rest -= weight
  }
  throw new Error('there is nothing to pick from')
}

function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193)
  return value
}
