import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import type { Model } from '#protocol'
import { modelsQuery } from '../api/queries.ts'
import { t } from '../text/catalogue.ts'
import { Menu, MenuChoice, MenuChoices, MenuLabel } from '../ui/menu.tsx'

interface ModelPickerProps {
  readonly model: string
  readonly onModel: (model: string) => void
}

export function ModelPicker({ model, onModel }: ModelPickerProps) {
  const { data: models = [] } = useQuery(modelsQuery)
  const current = models.find(({ id }) => id === model)
  return (
    <Menu
      align="start"
      side="top"
      trigger={
        <button
          type="button"
          aria-label={t('model.pick', { model })}
          className="flex min-h-9 min-w-0 items-center gap-1.5 rounded-lg px-2 text-sm text-muted transition-colors hover:bg-hover hover:text-ink aria-expanded:bg-hover"
        >
          <span className="truncate font-medium text-ink">{model}</span>
          {current?.notice && <span className="truncate">{current.notice}</span>}
          <ChevronDown className="size-4 shrink-0" />
        </button>
      }
    >
      <MenuLabel>{t('model.title')}</MenuLabel>
      <MenuChoices value={model} onChange={onModel}>
        {models.map(one => (
          <MenuChoice key={one.id} value={one.id} disabled={!one.available}>
            <span className="block truncate font-medium">{one.id}</span>
            <span className="block text-sm text-muted">{describe(one)}</span>
          </MenuChoice>
        ))}
      </MenuChoices>
    </Menu>
  )
}

function describe(model: Model): string {
  const facts = [
    model.serves === model.id ? undefined : t('model.serves', { model: model.serves }),
    model.notice ?? undefined,
    model.available ? undefined : t('model.unavailable'),
  ].filter(fact => fact !== undefined)
  return facts.join(' · ') || t('model.context', { tokens: model.context.toLocaleString('en') })
}
