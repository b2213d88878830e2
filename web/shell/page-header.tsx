import { Link } from '@tanstack/react-router'
import { PanelLeft, SquarePen } from 'lucide-react'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import { showSidebar, useSidebar } from './sidebar-state.ts'

/** The line above a chat or a page of settings. */
export function PageHeader({ title }: { readonly title: string }) {
  const { shown } = useSidebar()
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 px-2 pt-[env(safe-area-inset-top)]">
      {!shown && (
        <IconButton label={t('sidebar.show')} aria-expanded={false} onClick={() => showSidebar(true)} id="show-sidebar">
          <PanelLeft className="size-5" />
        </IconButton>
      )}
      <div className="min-w-0 flex-1 px-2">
        {title !== '' && (
          <h1 className="truncate font-medium" dir="auto">
            {title}
          </h1>
        )}
      </div>
      <Link
        to="/"
        aria-label={t('chat.new')}
        title={t('chat.new')}
        className={`size-10 shrink-0 items-center justify-center rounded-lg text-muted hover:bg-hover hover:text-ink ${shown ? 'flex md:hidden' : 'flex'}`}
      >
        <SquarePen className="size-5" />
      </Link>
    </header>
  )
}
