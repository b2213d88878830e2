import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

const looks = {
  info: { box: 'bg-accent-soft', icon: <Info className="mt-0.5 size-4 shrink-0 text-accent" /> },
  warning: { box: 'bg-warning-soft', icon: <TriangleAlert className="mt-0.5 size-4 shrink-0 text-warning" /> },
  danger: { box: 'bg-danger-soft', icon: <CircleAlert className="mt-0.5 size-4 shrink-0 text-danger" /> },
} as const

interface NoticeProps {
  readonly kind: keyof typeof looks
  readonly children: ReactNode
  /** Buttons. */
  readonly actions?: ReactNode
}

/** A word to the reader, within the page. A danger is read out at once. */
export function Notice({ kind, children, actions }: NoticeProps) {
  return (
    <div
      className={`flex flex-col gap-2.5 rounded-xl px-3.5 py-3 ${looks[kind].box}`}
      role={kind === 'danger' ? 'alert' : undefined}
    >
      <div className="flex gap-2.5">
        {looks[kind].icon}
        <div className="min-w-0 flex-1">{children}</div>
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
