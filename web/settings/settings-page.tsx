import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { meQuery } from '../api/queries.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { t } from '../text/catalogue.ts'
import { Clusters } from './clusters.tsx'
import { ConfigurationNotice } from './configuration-notice.tsx'
import { Devices } from './devices.tsx'
import { PasswordForm } from './password-form.tsx'
import { People } from './people.tsx'
import { ProfileForm } from './profile-form.tsx'

/** One's own account; for an admin also the people and clusters of the instance. */
export function SettingsPage() {
  const { data: me } = useQuery(meQuery)
  useEffect(() => {
    document.title = `${t('settings.title')} · Parley`
  }, [])
  return (
    <main className="flex min-h-0 flex-1 flex-col">
      <PageHeader title={t('settings.title')} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-[40rem] flex-col gap-10 px-4 pt-4 pb-16">
          {me?.role === 'admin' && <ConfigurationNotice />}
          {me && <ProfileForm me={me} />}
          {me?.has_password && <PasswordForm />}
          <Devices />
          {me?.role === 'admin' && (
            <>
              <People me={me} />
              <Clusters />
            </>
          )}
        </div>
      </div>
    </main>
  )
}
