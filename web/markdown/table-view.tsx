import { createContext, use } from 'react'
import { t } from '../text/catalogue.ts'
import { InlineSpans } from './inline-view.tsx'
import { sequenceView } from './sequence-view.tsx'
import type { Alignment, Row, Table } from './tree.ts'

/** A table that scrolls sideways on its own, by keyboard too. */
export function TableView({ table }: { readonly table: Table }) {
  const { alignments, header, rows } = table
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className="table-scroll" tabIndex={0} aria-label={t('table.region')}>
      <table>
        <thead>
          <tr>
            {header.cells.map((spans, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
              <th key={index} scope="col" dir="auto" className={alignmentClass(alignments[index])}>
                <InlineSpans spans={spans} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <AlignmentsContext value={alignments}>
            <Rows sequence={rows} />
          </AlignmentsContext>
        </tbody>
      </table>
    </section>
  )
}

/** The same for as long as the table lives. */
const AlignmentsContext = createContext<readonly Alignment[]>([])

const Rows = sequenceView(RowView)

function RowView({ value: { cells } }: { readonly value: Row }) {
  const alignments = use(AlignmentsContext)
  const missing = alignments.length - cells.length
  return (
    <tr>
      {cells.map((spans, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
        <td key={index} dir="auto" className={alignmentClass(alignments[index])}>
          <InlineSpans spans={spans} />
        </td>
      ))}
      {missing > 0 && <td colSpan={missing} />}
    </tr>
  )
}

function alignmentClass(alignment: Alignment): string | undefined {
  return alignment === undefined ? undefined : `align-${alignment}`
}
