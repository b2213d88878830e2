import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { Spinner } from './spinner.tsx'

type Attributes = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'>

interface ButtonProps extends Attributes {
  readonly look?: 'primary' | 'plain' | 'danger'
  /** Its work is under way: it spins, and takes no second click. */
  readonly busy?: boolean
  readonly full?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  plain: 'border border-line bg-raised hover:bg-hover',
  danger: 'border border-line bg-raised text-danger hover:bg-danger-soft',
} as const

export function Button({ look = 'plain', busy = false, full = false, children, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={`inline-flex min-h-10 shrink-0 items-center justify-center gap-2 rounded-lg px-4 py-1.5 font-medium whitespace-nowrap transition-colors disabled:opacity-60 ${looks[look]} ${full ? 'w-full' : ''}`}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}

interface IconButtonProps extends Attributes {
  /** What it does, for those who do not see the icon, and on hover. */
  readonly label: string
  readonly children: ReactNode
  readonly small?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function IconButton({ label, children, small = false, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      {...rest}
      className={`inline-flex shrink-0 items-center justify-center rounded-lg text-muted transition-colors hover:bg-hover hover:text-ink disabled:opacity-50 aria-expanded:bg-hover aria-expanded:text-ink aria-pressed:text-accent ${small ? 'size-8' : 'size-10'}`}
    >
      {children}
    </button>
  )
}
