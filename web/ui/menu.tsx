import * as Dropdown from '@radix-ui/react-dropdown-menu'
import { Check } from 'lucide-react'
import { type ReactNode, useState } from 'react'

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactNode
  readonly children: ReactNode
  readonly align?: 'start' | 'end'
  readonly side?: 'top' | 'bottom'
  readonly label?: string
}

/** Not modal: a modal one locks the page's scrolling with a style element, which our policy forbids. */
export function Menu({ trigger, children, align = 'end', side = 'bottom', label }: MenuProps) {
  const [place, setPlace] = useState<HTMLElement | null>(null)
  const remember = ({ currentTarget }: { currentTarget: Element }) =>
    setPlace(currentTarget.closest<HTMLElement>('aside, main'))
  return (
    <Dropdown.Root modal={false}>
      <Dropdown.Trigger asChild onPointerDown={remember} onKeyDown={remember}>
        {trigger}
      </Dropdown.Trigger>
      {/* In the landmark of its button: there those find it who go from landmark to landmark, and it is not inert. */}
      <Dropdown.Portal container={place}>
        <Dropdown.Content
          align={align}
          side={side}
          sideOffset={6}
          collisionPadding={12}
          aria-label={label}
          className="appear z-50 max-h-[min(24rem,var(--radix-dropdown-menu-content-available-height))] min-w-44 max-w-[min(22rem,calc(100vw-1.5rem))] overflow-y-auto rounded-xl border border-line bg-raised p-1 shadow-lg"
        >
          {children}
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  )
}

const itemLook =
  'flex min-h-10 cursor-pointer items-center gap-2.5 rounded-lg px-3 py-1.5 outline-none select-none data-highlighted:bg-hover data-disabled:opacity-50'

interface MenuItemProps {
  readonly onSelect: () => void
  readonly children: ReactNode
  readonly danger?: boolean
  readonly disabled?: boolean
}

export function MenuItem({ onSelect, children, danger = false, disabled = false }: MenuItemProps) {
  return (
    <Dropdown.Item onSelect={onSelect} disabled={disabled} className={`${itemLook} ${danger ? 'text-danger' : ''}`}>
      {children}
    </Dropdown.Item>
  )
}

interface MenuChoicesProps<Value extends string> {
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly children: ReactNode
}

/** One of several, marked by a tick. */
export function MenuChoices<Value extends string>({ value, onChange, children }: MenuChoicesProps<Value>) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={picked => onChange(picked as Value)}>
      {children}
    </Dropdown.RadioGroup>
  )
}

export function MenuChoice({
  value,
  disabled = false,
  children,
}: {
  value: string
  disabled?: boolean
  children: ReactNode
}) {
  return (
    <Dropdown.RadioItem value={value} disabled={disabled} className={itemLook}>
      <span className="min-w-0 flex-1">{children}</span>
      <Dropdown.ItemIndicator>
        <Check className="size-4 text-accent" />
      </Dropdown.ItemIndicator>
    </Dropdown.RadioItem>
  )
}

export const MenuLabel = ({ children }: { readonly children: ReactNode }) => (
  <Dropdown.Label className="px-3 pt-2 pb-1 text-xs font-medium text-muted">{children}</Dropdown.Label>
)

export const MenuLine = () => <Dropdown.Separator className="my-1 h-px bg-line" />
