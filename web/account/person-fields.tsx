import { t } from '../text/catalogue.ts'
import { Field } from '../ui/field.tsx'

interface PersonFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error?: string | undefined
  /** Whose it is: browsers fill in one's own. */
  readonly own: boolean
}

export const NameField = ({ onChange, own, ...field }: PersonFieldProps) => (
  <Field
    {...field}
    {...(own && { name: 'name', autoComplete: 'name' })}
    label={t('account.name')}
    required
    maxLength={100}
    onChange={event => onChange(event.target.value)}
  />
)

export const EmailField = ({ onChange, own, ...field }: PersonFieldProps) => (
  <Field
    {...field}
    {...(own && { name: 'email', autoComplete: 'username' })}
    label={t('account.email')}
    type="email"
    required
    onChange={event => onChange(event.target.value)}
  />
)
