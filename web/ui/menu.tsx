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
  const [main, setMain] = useState<HTMLElement | null>(null)
  return (
    <Dropdown.Root modal={false} onOpenChange={() => setMain(document.querySelector('main'))}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      {/* Within a landmark, where those who go from landmark to landmark will find it. */}
      <Dropdown.Portal container={main}>
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

interface MenuChoiceProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly children: ReactNode
}

/** One of several, marked by a tick. */
export function MenuChoices({ value, onChange, children }: MenuChoiceProps) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={onChange}>
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
