import { constants } from 'node:fs'
import { access, glob } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Where a program of the system is: on the PATH, or in one of the folders, which may hold `*`. */
export async function findProgram(name: string, folders: readonly string[]): Promise<string | undefined> {
  const places = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  for (const folder of folders) for await (const place of glob(folder)) places.push(place)
  for (const place of places) {
    const program = join(place, name)
    const found = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return program
  }
  return undefined
}
