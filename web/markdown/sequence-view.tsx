import { type ComponentType, memo } from 'react'
import type { Sequence } from './sequence.ts'

/**
 * Makes a component that renders a sequence, each element by `View`. A chunk that is full is never rendered again, so
 * the cost of one more element does not grow with the sequence.
 */
export function sequenceView<T extends object>(View: ComponentType<{ readonly value: T }>) {
  const Chunk = chunkView(View)
  return function SequenceView({ sequence }: { readonly sequence: Sequence<T> }) {
    // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
    return sequence.chunks.map((values, index) => <Chunk key={index} values={values} />)
  }
}

/** Makes a component that renders one chunk of a sequence, for views that put something around each. */
export function chunkView<T extends object>(View: ComponentType<{ readonly value: T }>) {
  const Element: ComponentType<{ readonly value: T }> = memo<ComponentType<{ readonly value: T }>>(View)
  return memo(function Chunk({ values }: { readonly values: readonly T[] }) {
    // biome-ignore lint/suspicious/noArrayIndexKey: elements never move
    return values.map((value, index) => <Element key={index} value={value} />)
  })
}
