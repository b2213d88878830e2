/** A place in a line, in columns: a tab reaches to the next multiple of four, and may be used up in part. */
export class LineCursor {
  readonly line: string
  #offset = 0
  #column = 0
  /** Columns left of a tab that is used up in part. */
  #tabLeft = 0

  constructor(line: string) {
    this.line = line
  }

  /** Columns of space before the next character. */
  get indent(): number {
    let column = this.#column + this.#tabLeft
    for (let at = this.#offset; ; at += 1) {
      const character = this.line[at]
      if (character === ' ') column += 1
      else if (character === '\t') column += 4 - (column % 4)
      else return column - this.#column
    }
  }

  /** Whether only space is left. */
  get blank(): boolean {
    return this.#nextCharacter() === this.line.length
  }

  /** What is left without the space before it. */
  get content(): string {
    return this.line.slice(this.#nextCharacter())
  }

  /** What is left, with as much space as there is. */
  get rest(): string {
    return ' '.repeat(this.#tabLeft) + this.line.slice(this.#offset)
  }

  /** The column of the next character to be read. */
  get column(): number {
    return this.#column
  }

  skipIndent(): void {
    this.skipSpace(this.indent)
  }

  /** Uses up at most so many columns of space. */
  skipSpace(columns: number): void {
    let left = columns
    while (left > 0) {
      if (this.#tabLeft === 0 && this.line[this.#offset] === '\t') {
        this.#tabLeft = 4 - (this.#column % 4)
        this.#offset += 1
      }
      if (this.#tabLeft > 0) this.#tabLeft -= 1
      else if (this.line[this.#offset] === ' ') this.#offset += 1
      else return
      this.#column += 1
      left -= 1
    }
  }

  /** Skips the space before the next characters and so many of them, none of which is a tab. */
  skipMarker(length: number): void {
    this.skipIndent()
    this.#offset += length
    this.#column += length
  }

  #nextCharacter(): number {
    let at = this.#offset
    while (this.line[at] === ' ' || this.line[at] === '\t') at += 1
    return at
  }
}
