import { type RefObject, useLayoutEffect, useState } from 'react'

/**
 * The widths of a table's columns, in CSS pixels, as the browser has laid them out for its header; again whenever they
 * change. Nothing as long as they are not `wanted`.
 */
export function useColumnWidths(header: RefObject<HTMLTableRowElement | null>, wanted: boolean): readonly number[] {
  const [widths, setWidths] = useState<readonly number[]>([])
  useLayoutEffect(() => {
    const row = header.current
    if (!wanted || row === null) return
    const measure = () => {
      const measured = Array.from(row.cells, cell => cell.getBoundingClientRect().width)
      setWidths(known => (sameWidths(known, measured) ? known : measured))
    }
    // Before anything is painted that goes by them.
    measure()
    const size = new ResizeObserver(measure)
    for (const cell of row.cells) size.observe(cell)
    return () => size.disconnect()
  }, [header, wanted])
  return widths
}

const sameWidths = (left: readonly number[], right: readonly number[]) =>
  left.length === right.length && left.every((width, column) => width === right[column])
