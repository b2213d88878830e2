import { createContext, memo, type RefObject, use, useRef } from 'react'
import { t } from '../text/catalogue.ts'
import { useColumnWidths } from './column-widths.ts'
import { DrawnContext } from './drawn-context.ts'
import { InlineSpans } from './inline-view.tsx'
import { chunkView } from './sequence-view.tsx'
import type { Alignment, Row, Table } from './tree.ts'

/**
 * A table that scrolls sideways on its own, by keyboard too. A long one that is written before our eyes lies in several
 * elements, one for each chunk of its rows: browsers lay out all of a table for each word that it gets. The first part
 * has the header and settles how wide the columns are, and to whoever listens they are one table.
 */
export function TableView({ table: { alignments, header, rows } }: { readonly table: Table }) {
  const drawn = use(DrawnContext)
  const headerRow = useRef<HTMLTableRowElement>(null)
  const [first, further] = drawn ? [rows.chunks.slice(0, 1), rows.chunks.slice(1)] : [rows.chunks, []]
  const long = further.length > 0
  const widths = useColumnWidths(headerRow, long)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={t('table.region')}>
      <div className="table-parts" role={long ? 'table' : undefined}>
        <LongContext value={long}>
          <AlignmentsContext value={alignments}>
            <table role={long ? 'presentation' : undefined}>
              <Header row={header} ref={headerRow} />
              <Body chunks={first} />
            </table>
            {further.map((chunk, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
              <FurtherPart key={index} rows={chunk} widths={widths} />
            ))}
          </AlignmentsContext>
        </LongContext>
      </div>
    </section>
  )
}

/** The same for as long as the table lives. */
const AlignmentsContext = createContext<readonly Alignment[]>([])
/** Whether the table lies in parts. What is in them says itself what it is, where its own table keeps silent. */
const LongContext = createContext(false)

interface FurtherPartProps {
  readonly rows: readonly Row[]
  /** Of the columns, in CSS pixels. */
  readonly widths: readonly number[]
}

const FurtherPart = memo(function FurtherPart({ rows, widths }: FurtherPartProps) {
  return (
    <div className="table-part">
      <table role="presentation" style={{ inlineSize: widths.reduce((sum, width) => sum + width, 0) }}>
        <colgroup>
          {widths.map((width, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
            <col key={index} style={{ inlineSize: width }} />
          ))}
        </colgroup>
        <Body chunks={[rows]} />
      </table>
    </div>
  )
})

interface HeaderProps {
  readonly row: Row
  readonly ref: RefObject<HTMLTableRowElement | null>
}

function Header({ row: { cells }, ref }: HeaderProps) {
  const long = use(LongContext)
  const alignments = use(AlignmentsContext)
  return (
    <thead role={long ? 'rowgroup' : undefined}>
      <tr ref={ref} role={long ? 'row' : undefined}>
        {cells.map((spans, index) => (
          <th
            // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
            key={index}
            role={long ? 'columnheader' : undefined}
            scope="col"
            dir="auto"
            className={alignmentClass(alignments[index])}
          >
            <InlineSpans spans={spans} />
          </th>
        ))}
      </tr>
    </thead>
  )
}

function Body({ chunks }: { readonly chunks: readonly (readonly Row[])[] }) {
  return (
    <tbody role={use(LongContext) ? 'rowgroup' : undefined}>
      {chunks.map((chunk, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
        <Rows key={index} values={chunk} />
      ))}
    </tbody>
  )
}

const Rows = chunkView(RowView)

function RowView({ value: { cells } }: { readonly value: Row }) {
  const long = use(LongContext)
  const alignments = use(AlignmentsContext)
  const missing = alignments.length - cells.length
  const role = long ? 'cell' : undefined
  return (
    <tr role={long ? 'row' : undefined}>
      {cells.map((spans, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
        <td key={index} role={role} dir="auto" className={alignmentClass(alignments[index])}>
          <InlineSpans spans={spans} />
        </td>
      ))}
      {missing > 0 && <td role={role} colSpan={missing} />}
    </tr>
  )
}

function alignmentClass(alignment: Alignment): string | undefined {
  return alignment === undefined ? undefined : `align-${alignment}`
}
