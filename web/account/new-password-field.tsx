import { t } from '../text/catalogue.ts'
import { Field } from '../ui/field.tsx'
import { leastPassword } from './password-rules.ts'

interface NewPasswordFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** Where a password is chosen: says what it must be, and browsers offer to make and keep one. */
export const NewPasswordField = ({ onChange, ...field }: NewPasswordFieldProps) => (
  <Field
    {...field}
    type="password"
    name="password"
    autoComplete="new-password"
    required
    minLength={leastPassword}
    hint={t('account.passwordRule', { least: leastPassword })}
    onChange={event => onChange(event.target.value)}
  />
)
