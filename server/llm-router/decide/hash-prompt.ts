/** A prompt as the prefix index knows it. */
export interface HashedPrompt {
  /** Of its text in UTF-8. */
  readonly bytes: number
  /** One for each whole block of `blockBytes`, each over all that stands before it, too. */
  readonly blocks: Float64Array
}

/** About as much as engines keep and find again as one piece. */
export const blockBytes = 512

/** Hashes prompts in memory of its own, which grows to that of the longest: one is hashed at a time. */
export type PromptHasher = (salt: string, pieces: Iterable<string>) => HashedPrompt

const blockWords = blockBytes / 4

/**
 * Each block's hash is 53 bits, as many as a number holds exactly: two 32-bit lanes, mixed word by word as in MurmurHash3
 * (Appleby 2011), and of the second the lower 21 bits. `salt` keeps apart what must not meet.
 */
export function createPromptHasher(): PromptHasher {
  let bytes = Buffer.alloc(65_536)
  let words = wordsOf(bytes)

  return (salt, pieces) => {
    let length = write(salt, 0)
    // The salt fills whole words, so that it does not shift the prompt within its blocks.
    let first = 0x9747b28c
    let second = 0x3c6ef372
    const saltWords = Math.ceil(length / 4)
    bytes.fill(0, length, saltWords * 4)
    for (let index = 0; index < saltWords; index++) {
      first = mix(first, words[index] ?? 0)
      second = mix(second, Math.imul(words[index] ?? 0, 0x85ebca6b))
    }
    length = 0
    for (const piece of pieces) length += write(piece, length)
    const blocks = new Float64Array(Math.floor(length / blockBytes))
    for (let block = 0; block < blocks.length; block++) {
      const end = (block + 1) * blockWords
      for (let index = block * blockWords; index < end; index++) {
        const word = words[index] ?? 0
        first = mix(first, word)
        second = Math.imul(second ^ word, 0x01000193) ^ (second >>> 15)
      }
      blocks[block] = (finish(second) & 0x1fffff) * 0x1_0000_0000 + (finish(first) >>> 0)
    }
    return { bytes: length, blocks }
  }

  function write(text: string, at: number): number {
    const most = at + text.length * 3
    if (most > bytes.length) {
      const larger = Buffer.alloc(2 ** Math.ceil(Math.log2(most)))
      larger.set(bytes.subarray(0, at))
      bytes = larger
      words = wordsOf(larger)
    }
    return bytes.write(text, at, 'utf8')
  }
}

const wordsOf = (bytes: Buffer) => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)

function mix(hash: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51)
  const mixed = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593)
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
