import { cleanText, Fault } from '#kit'

/** A name as it may be stored; the fault `invalid_field` where nothing of it is left. */
export function readName(name: string): string {
  const clean = cleanText(name).trim()
  if (clean === '') throw new Fault('invalid_field', 'must hold a letter', { field: 'name' })
  return clean
}

/** As the auth library looks for it: it knows no upper case. */
export const readEmail = (email: string): string => email.toLowerCase()

export const emailTaken = () =>
  new Fault('invalid_field', 'Somebody has this e-mail address already.', { field: 'email' })
