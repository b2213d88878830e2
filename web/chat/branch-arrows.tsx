import { ChevronLeft, ChevronRight } from 'lucide-react'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import type { BranchRow } from './branch.ts'

interface BranchArrowsProps {
  readonly row: BranchRow
  readonly onBranch: (id: string) => void
}

/** "2 / 3": the versions of a message, where there are several. */
export function BranchArrows({ row: { siblings, index }, onBranch }: BranchArrowsProps) {
  const [before, after] = [siblings[index - 1], siblings[index + 1]]
  if (siblings.length < 2) return null
  return (
    <span className="flex items-center text-sm text-muted">
      <IconButton
        small
        label={t('branch.before')}
        disabled={before === undefined}
        onClick={() => before && onBranch(before)}
      >
        <ChevronLeft className="size-4" />
      </IconButton>
      <span className="tabular-nums">
        {index + 1} / {siblings.length}
      </span>
      <IconButton
        small
        label={t('branch.after')}
        disabled={after === undefined}
        onClick={() => after && onBranch(after)}
      >
        <ChevronRight className="size-4" />
      </IconButton>
    </span>
  )
}
