import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react'
import { leave } from '../account/other-tabs.ts'
import { meQuery } from '../api/queries.ts'
import { request } from '../api/request.ts'
import { leaveSidebar } from '../shell/sidebar-state.ts'
import { t } from '../text/catalogue.ts'
import { Menu, MenuChoice, MenuChoices, MenuItem, MenuLabel, MenuLine } from '../ui/menu.tsx'
import { setTheme, themes, useTheme } from '../ui/theme.ts'
import { toast } from '../ui/toast.tsx'

const icons = { system: Monitor, light: Sun, dark: Moon } as const

/** Who is signed in, at the foot of the sidebar: appearance, settings, the way out. */
export function AccountMenu() {
  const navigate = useNavigate()
  const { data: me } = useQuery(meQuery)
  const theme = useTheme()
  if (me === undefined) return null
  return (
    <div className="border-t border-line p-2">
      <Menu
        side="top"
        align="start"
        trigger={
          <button
            type="button"
            className="flex min-h-11 w-full items-center gap-3 rounded-lg px-2 text-left hover:bg-hover aria-expanded:bg-hover"
          >
            <span
              aria-hidden="true"
              className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent font-semibold text-on-accent"
            >
              {me.name.slice(0, 1).toUpperCase()}
            </span>
            <span className="min-w-0">
              <span className="block truncate font-medium">{me.name}</span>
              <span className="block truncate text-xs text-muted">{me.email}</span>
            </span>
          </button>
        }
      >
        <MenuLabel>{t('theme.title')}</MenuLabel>
        <MenuChoices value={theme} onChange={setTheme}>
          {themes.map(one => {
            const Icon = icons[one]
            return (
              <MenuChoice key={one} value={one}>
                <span className="flex items-center gap-2.5">
                  <Icon className="size-4" /> {t(`theme.${one}`)}
                </span>
              </MenuChoice>
            )
          })}
        </MenuChoices>
        <MenuLine />
        <MenuItem
          onSelect={() => {
            leaveSidebar()
            void navigate({ to: '/settings' })
          }}
        >
          <Settings className="size-4" /> {t('settings.title')}
        </MenuItem>
        <MenuItem onSelect={() => void signOut()}>
          <LogOut className="size-4" /> {t('account.signOut')}
        </MenuItem>
      </Menu>
    </div>
  )
}

/** Leaves nothing behind: the page is loaded anew, without the memory of this one. */
async function signOut(): Promise<void> {
  try {
    await request('/sign-out', { method: 'POST' })
    leave()
  } catch (error) {
    toast({ text: error instanceof Error ? error.message : String(error) })
  }
}
