import { Outlet } from '@tanstack/react-router'
import { Sidebar } from '../sidebar/sidebar.tsx'
import { ToastRegion } from '../ui/toast.tsx'
import { Announcer } from './announcer.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { SessionDialog } from './session-dialog.tsx'
import { showSidebar, useSidebar } from './sidebar-state.ts'

/** The frame of everything that needs somebody signed in. A sidebar that lies over the page takes it out of reach. */
export function Shell() {
  const { shown, over } = useSidebar()
  return (
    <div className="flex h-dvh overflow-hidden">
      {shown && over && (
        <div className="fixed inset-0 z-30 bg-black/40" onClick={() => showSidebar(false)} aria-hidden="true" />
      )}
      {shown && <Sidebar />}
      <div className="flex min-w-0 flex-1 flex-col" inert={shown && over}>
        <ConnectionBanner />
        <Outlet />
      </div>
      <Announcer />
      <ToastRegion />
      <SessionDialog />
    </div>
  )
}
