import { type FormEvent, useState } from 'react'
import { RequestError } from '../api/request.ts'

export interface Form {
  readonly submit: (event: FormEvent) => void
  readonly busy: boolean
  /** Why the last try failed; fields of it that the form shows beside their fields are in `fields`. */
  readonly error: Error | undefined
  readonly fields: Readonly<Record<string, string>>
}

/** Sends a form once at a time, and keeps what went wrong until the next try. */
export function useForm(send: () => Promise<void>): Form {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  return {
    busy,
    error,
    fields: error instanceof RequestError ? error.fields : {},
    submit(event) {
      event.preventDefault()
      if (busy) return
      setBusy(true)
      setError(undefined)
      send()
        .catch((reason: unknown) => setError(reason instanceof Error ? reason : new Error(String(reason))))
        .finally(() => setBusy(false))
    },
  }
}
