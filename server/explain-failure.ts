import { isFault } from '#kit'

/**
 * Why the process could not start or go on, for the operator: the error's own sentence where it was made for them, else
 * what its code means. An address that holds a password (`DATABASE_URL`) is never shown.
 */
export function explainFailure(error: unknown): string {
  if (!(error instanceof Error)) return `Parley stopped: ${String(error)}`
  if (error.name === 'ConfigError' || error.name === 'StartError') return error.message
  if (isFault(error)) return error.message
  const { code, syscall, path, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === undefined) return error.message
  if (syscall === 'listen' || syscall === 'bind') {
    const where = `port ${port} on ${address}`
    if (code === 'EADDRINUSE')
      return `${capital(where)} is in use: end what listens there, or choose another with PORT.`
    if (code === 'EACCES') return `This user may not listen on ${where}: choose a PORT of 1024 or more.`
    return `Parley cannot listen on ${where} (${code}): check HOST and PORT.`
  }
  const trouble = path === undefined ? undefined : fileCodes[code]
  if (trouble !== undefined)
    return `"${path}" ${trouble} (${code}). Mend that, or choose another folder with PARLEY_DATA.`
  const meaning = databaseCodes[code] ?? (networkCodes.has(code) ? 'cannot be reached' : undefined)
  if (meaning !== undefined) return `The database ${meaning} (${code}). Check DATABASE_URL.`
  return error.stack ?? error.message
}

const fileCodes: Readonly<Record<string, string>> = {
  EEXIST: 'is not a folder',
  ENOTDIR: 'is not a folder, or something above it is none',
  ENOENT: 'cannot be made', // also what Node says of a read-only disk when it makes a folder with its parents
  EACCES: 'may not be read and written by the user of this process',
  EPERM: 'may not be read and written by the user of this process',
  EROFS: 'is on a read-only disk',
  ENOSPC: 'is on a full disk',
}

const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'])

const databaseCodes: Readonly<Record<string, string>> = {
  '28P01': 'refuses the password',
  '28000': 'refuses the user',
  '3D000': 'does not exist',
  '42501': 'does not let its user do what is needed',
  '53300': 'takes no more connections',
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)
