import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { instanceQuery } from '../api/queries.ts'
import { t } from '../text/catalogue.ts'
import { FrontDoor } from './front-door.tsx'
import { SignInForm } from './sign-in-form.tsx'
import { useEnter } from './use-enter.ts'

export function SignInPage() {
  const enter = useEnter()
  const { data: instance } = useQuery(instanceQuery)
  useEffect(() => {
    document.title = `${t('account.signIn')} · Parley`
  }, [])
  // Nobody could sign in yet: only the link that the server printed leads on.
  if (instance?.set_up === false) {
    return (
      <FrontDoor title={t('setUp.notYet')}>
        <p className="text-center text-muted">{t('setUp.whereLink')}</p>
      </FrontDoor>
    )
  }
  return (
    <FrontDoor title={t('account.welcome')}>
      <SignInForm onSignedIn={enter} />
      <p className="text-center text-sm text-muted">{t('account.forgotten')}</p>
    </FrontDoor>
  )
}
