import type { Marker } from './block-starts.ts'
import { blockOf, type Container, type Frame, type InlineReader, withChild } from './frames.ts'
import { safeLink } from './safe-link.ts'
import { emptySequence, type Sequence } from './sequence.ts'
import type { Block, Definition, Definitions, Item } from './tree.ts'

/** The blocks that are open after a line. Never changes; a `BlockStack` reads the next line from it. */
export interface BlockState {
  /** From the document inwards. */
  readonly frames: readonly Frame[]
  /** Whether the last line was blank where it matters to lists. */
  readonly blank: boolean
  readonly definitions: Definitions
}

export const emptyState: BlockState = {
  frames: [{ kind: 'document', children: emptySequence }],
  blank: false,
  definitions: new Map(),
}

/** The open blocks while one line is read into them: containers, and at the tip a leaf or nothing. */
export class BlockStack {
  readonly reader: InlineReader
  /** Whether the line may go on. */
  readonly growing: boolean
  blank = false
  /** Whether this line has begun a container. */
  opened = false
  readonly #afterBlank: boolean
  readonly #frames: Frame[]
  #definitions: Definitions

  constructor(state: BlockState, reader: InlineReader, growing: boolean) {
    this.reader = reader
    this.growing = growing
    this.#afterBlank = state.blank
    this.#frames = [...state.frames]
    this.#definitions = state.definitions
  }

  get frames(): readonly Frame[] {
    return this.#frames
  }

  get tip(): Frame {
    return this.#frames.at(-1) ?? documentFrame
  }

  get state(): BlockState {
    return { frames: [...this.#frames], blank: this.blank, definitions: this.#definitions }
  }

  replaceTip(frame: Frame) {
    this.#frames[this.#frames.length - 1] = frame
  }

  dropTip() {
    this.#frames.pop()
  }

  /** Closes the innermost blocks until so many frames are left. */
  closeTo(length: number) {
    while (this.#frames.length > length) this.#closeTip(false)
  }

  /** Opens a block in the innermost container; a list left open without an item takes none and is closed. */
  open(frame: Exclude<Frame, { kind: 'list' | 'item' }>) {
    this.#makeRoom()
    this.#frames.push(frame)
    if (frame.kind === 'quote') this.opened = true
  }

  openItem(marker: Marker, item: Container) {
    const tip = this.tip
    const fits =
      tip.kind === 'list' && tip.sign === marker.sign && (tip.start === undefined) === (marker.start === undefined)
    if (tip.kind === 'list' && fits) {
      if (this.#afterBlank) this.replaceTip({ ...tip, loose: true })
    } else {
      this.#makeRoom()
      this.#frames.push({ kind: 'list', items: emptySequence, sign: marker.sign, start: marker.start, loose: false })
    }
    this.#frames.push(item)
    this.opened = true
  }

  /** Adds a block that is whole. */
  add(block: Block) {
    this.#makeRoom()
    this.#addToTip(block)
  }

  define({ label, destination, title }: { label: string; destination: string; title: string | undefined }) {
    const target = safeLink(destination)
    if (target === undefined || this.#definitions.has(label) || this.#definitions.size >= mostDefinitions) return
    const definition: Definition = { ...target, title }
    this.#definitions = new Map(this.#definitions).set(label, definition)
  }

  /** Everything there is, as blocks; the open ones as they are by now. The stack is used up. */
  finish(): Sequence<Block> {
    while (this.#frames.length > 1) this.#closeTip(this.growing)
    const [document] = this.#frames
    return document?.kind === 'document' ? document.children : emptySequence
  }

  #closeTip(growing: boolean) {
    const frame = this.#frames.pop()
    if (frame === undefined) return
    const block = frame.kind === 'item' ? itemOf(frame) : blockOf(frame, this.reader, growing)
    if (block !== undefined) this.#addToTip(block)
  }

  #makeRoom() {
    if (this.tip.kind === 'list') this.#closeTip(false)
    const tip = this.tip
    const list = this.#frames.at(-2)
    if (!this.#afterBlank || tip.kind !== 'item' || tip.children.length === 0 || list?.kind !== 'list') return
    this.#frames[this.#frames.length - 2] = { ...list, loose: true }
  }

  #addToTip(block: Block | Item) {
    const tip = this.tip
    if ('children' in tip || tip.kind === 'list') this.replaceTip(withChild(tip, block))
  }
}

/** Later ones are not looked at. */
const mostDefinitions = 500
const documentFrame: Frame = { kind: 'document', children: emptySequence }

function itemOf({ task, children }: Extract<Container, { kind: 'item' }>): Item {
  return { kind: 'item', task, children }
}
