import { Outlet } from '@tanstack/react-router'
import { Sidebar } from '../sidebar/sidebar.tsx'
import { ToastRegion } from '../ui/toast.tsx'
import { Announcer } from './announcer.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { SessionDialog } from './session-dialog.tsx'
import { showSidebar, useSidebarShown } from './sidebar-state.ts'

/** The frame of everything that needs somebody signed in. */
export function Shell() {
  const shown = useSidebarShown()
  return (
    <div className="flex h-dvh overflow-hidden">
      {shown && (
        <>
          <div
            className="fixed inset-0 z-30 bg-black/40 md:hidden"
            onClick={() => showSidebar(false)}
            aria-hidden="true"
          />
          <Sidebar />
        </>
      )}
      <div className="flex min-w-0 flex-1 flex-col">
        <OfflineBanner />
        <Outlet />
      </div>
      <Announcer />
      <ToastRegion />
      <SessionDialog />
    </div>
  )
}
