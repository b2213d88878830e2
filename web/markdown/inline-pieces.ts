import type { Inline, Span } from './tree.ts'

/** An inline node while its surroundings are still undecided: one link of a chain that is spliced in place. */
export interface Piece {
  node: Inline
  /** How deeply marks and links are nested in the node. */
  readonly depth: number
  previous: Piece | undefined
  next: Piece | undefined
}

/** Marks nested deeper than this are dropped and their text kept. */
export const deepestNesting = 40

/** A chain of pieces, in the order of the text. */
export interface Chain {
  last: Piece | undefined
}

export function appendPiece(chain: Chain, node: Inline, depth = 0): Piece {
  const piece: Piece = { node, depth, previous: chain.last, next: undefined }
  if (chain.last !== undefined) chain.last.next = piece
  chain.last = piece
  return piece
}

/**
 * Puts all that follows `from`, up to and without `until`, into one node made by `wrap`. Nested too deeply, the pieces
 * stay as they are. Says whether there is a node now.
 */
export function wrapPieces(
  chain: Chain,
  from: Piece,
  until: Piece | undefined,
  wrap: (children: Span) => Inline,
): boolean {
  const first = from.next
  if (first === undefined || first === until) return false
  const inside = piecesBetween(first, until)
  const depth = 1 + inside.reduce((deepest, piece) => Math.max(deepest, piece.depth), 0)
  if (depth > deepestNesting) return false
  const piece: Piece = { node: wrap(nodesOf(inside)), depth, previous: from, next: until }
  from.next = piece
  if (until === undefined) chain.last = piece
  else until.previous = piece
  return true
}

/** The nodes from a piece to the chain's end, neighbouring texts joined. */
export function nodesFrom(first: Piece | undefined): Span {
  return first === undefined ? [] : nodesOf(piecesBetween(first, undefined))
}

/** What a reader sees of the nodes as plain text. */
export function plainText(nodes: Span): string {
  return nodes.map(plainTextOf).join('')
}

/** The nodes without links and images, whose text stays: what may stand in a link. */
export function withoutLinks(nodes: Span): Span {
  return joinTexts(nodes.flatMap(withoutLink))
}

function withoutLink(node: Inline): Span {
  switch (node.kind) {
    case 'link':
      return node.children
    case 'image':
      return [{ kind: 'text', text: node.alt }]
    case 'reference':
      return [{ kind: 'text', text: '[' }, ...withoutLinks(node.children), { kind: 'text', text: `]${node.suffix}` }]
    case 'strong':
    case 'emphasis':
    case 'strikethrough':
      return [{ kind: node.kind, children: withoutLinks(node.children) }]
    case 'text':
    case 'code-span':
    case 'math-span':
    case 'break':
      return [node]
  }
}

function plainTextOf(node: Inline): string {
  switch (node.kind) {
    case 'text':
    case 'code-span':
      return node.text
    case 'math-span':
      return node.tex
    case 'image':
      return node.alt
    case 'break':
      return ' '
    case 'strong':
    case 'emphasis':
    case 'strikethrough':
    case 'link':
    case 'reference':
      return plainText(node.children)
  }
}

function piecesBetween(first: Piece, until: Piece | undefined): Piece[] {
  const pieces: Piece[] = []
  for (let piece: Piece | undefined = first; piece !== undefined && piece !== until; piece = piece.next)
    pieces.push(piece)
  return pieces
}

function nodesOf(pieces: readonly Piece[]): Span {
  return joinTexts(pieces.map(piece => piece.node))
}

function joinTexts(nodes: Span): Span {
  const joined: Inline[] = []
  for (const node of nodes) {
    const last = joined.at(-1)
    if (node.kind !== 'text') joined.push(node)
    else if (node.text === '') continue
    else if (last?.kind === 'text') joined[joined.length - 1] = { kind: 'text', text: last.text + node.text }
    else joined.push(node)
  }
  return joined
}
