import { type ReactNode, useId } from 'react'

interface SectionProps {
  readonly title: string
  readonly about?: string
  readonly action?: ReactNode
  readonly children: ReactNode
}

export function Section({ title, about, action, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex flex-col gap-4">
      <header className="flex items-start justify-between gap-4">
        <div>
          <h2 id={id} className="text-lg font-semibold tracking-tight">
            {title}
          </h2>
          {about && <p className="text-muted">{about}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  )
}

/** A list of things with what can be done with each at its end. */
export const Rows = ({ children }: { readonly children: ReactNode }) => (
  <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-raised">{children}</ul>
)

export function RowOf({ children, action }: { readonly children: ReactNode; readonly action?: ReactNode }) {
  return (
    <li className="flex min-h-16 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-48">{children}</div>
      {action}
    </li>
  )
}
