import { type InputHTMLAttributes, useId } from 'react'

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'> {
  readonly label: string
  readonly hint?: string
  /** What is wrong with what was entered. */
  readonly error?: string | undefined
}

/** A labelled line of text. */
export function Field({ label, hint, error, ...input }: FieldProps) {
  const id = useId()
  const about = error ?? hint
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={about === undefined ? undefined : `${id}-about`}
        className={`min-h-11 w-full rounded-lg border bg-raised px-3 py-2 ${error === undefined ? 'border-line-strong' : 'border-danger'}`}
      />
      {about !== undefined && (
        <p id={`${id}-about`} className={`text-sm ${error === undefined ? 'text-muted' : 'text-danger'}`}>
          {about}
        </p>
      )}
    </div>
  )
}
