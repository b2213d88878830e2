import { createUserList } from '#accounts'
import { newId } from '#kit'
import { openPeople, type People, type PersonRow } from '#store'
import { type Command, UsageError } from './command.ts'
import { reachDatabase } from './reach-database.ts'

/** Lets an admin in again who has lost their password; see docs/operations.md. */
export const admin: Command = {
  name: 'admin',
  summary: 'makes a link with which an admin who is locked out sets a new password',
  help: `Usage: npx parley admin reset [<e-mail>]

Prints a link that sets a new password for this admin: once, within 24 hours. It signs them in and ends their other sessions; until
it is used their present password works. Works beside the running server or without one; whoever may read the database
may do this. The e-mail may be left out where there is one admin. Everybody else gets their link from an admin, in
Settings.

Exit code 0: the link is printed; 2: there is none.`,
  async run(args, surroundings) {
    const email = emailOf(args)
    const reached = await reachDatabase(surroundings)
    try {
      const { people, close } = await openPeople(reached)
      try {
        const person = await theAdmin(people, email)
        // A link of theirs would open nothing.
        if (await people.isBanned(person.id)) throw new Error(`${person.email} is banned.`)
        const { publicUrl, port } = reached.config
        const users = createUserList({ people, newId, address: () => publicUrl?.origin ?? `http://localhost:${port}` })
        const { url, expires_at } = await users.linkPassword({ userId: null, ipAddress: null }, person.id)
        surroundings.remark(`A new password for ${person.email}, once, until ${expires_at}:\n`)
        surroundings.print(`${url}\n`)
        return 0
      } finally {
        await close()
      }
    } finally {
      await reached.close()
    }
  },
}

function emailOf([verb, email, ...more]: readonly string[]): string | undefined {
  if (verb !== 'reset') throw new UsageError(verb === undefined ? 'What about the admin?' : `No "${verb}" here.`)
  if (more.length > 0 || email?.startsWith('-')) throw new UsageError('It takes one e-mail address and nothing else.')
  return email
}

async function theAdmin(people: People, email: string | undefined): Promise<PersonRow> {
  if (email !== undefined) {
    const person = await people.withEmail(email)
    if (person?.role === 'admin') return person
    const other = person === undefined ? 'Nobody here has the e-mail' : 'No admin has the e-mail'
    throw new Error(`${other} ${email}. ${told(await people.admins())}`)
  }
  const admins = await people.admins()
  const [only] = admins
  if (only === undefined || admins.length > 1) throw new Error(`Whose password? ${told(admins)}`)
  return only
}

const told = (admins: readonly PersonRow[]) =>
  admins.length === 0
    ? 'There is no admin yet: start the server, and open the link that it prints.'
    : `The admins are ${admins.map(({ email }) => email).join(', ')}.`
