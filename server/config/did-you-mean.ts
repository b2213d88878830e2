/**
 * The known name that somebody most likely meant, or undefined where none is near: the same letters in another style
 * (`apiKey`, `api-key`), or at most two letters wrong, and never more than a third of the name.
 */
export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const letters = plain(written)
  const [nearest] = known
    .map(name => ({ name, edits: editDistance(letters, plain(name)) }))
    .filter(({ name, edits }) => edits <= Math.min(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.edits - b.edits)
  return nearest?.name
}

const plain = (name: string) => name.slice(0, 100).toLowerCase().replaceAll(/[-_ ]/g, '')

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforePrevious: readonly number[] = []
  let previous: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column)
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= to.length; column += 1) {
      const same = from[row - 1] === to[column - 1]
      const swapped = row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      current.push(
        Math.min(
          at(previous, column) + 1,
          at(current, column - 1) + 1,
          at(previous, column - 1) + (same ? 0 : 1),
          swapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, to.length)
}

const at = (row: readonly number[], column: number) => row[column] ?? Number.POSITIVE_INFINITY
