import { isIPv6 } from 'node:net'
import { LimitReached } from './limits.ts'
import type { Meter, Meters } from './meters.ts'

/** Bounds how fast passwords and links can be guessed. Each method rejects with `LimitReached` when it is too fast. */
export interface GuessLimits {
  /** Counts an attempt from this address, at a link or the password of this e-mail. */
  guess(address: string, email?: string): Promise<void>
  /** Counts an attempt of somebody signed in at their own password. */
  ownPassword(userId: string): Promise<void>
}

const perMinute = 10
/** Several people may share an address. */
const burstOfAddress = 20
const burstOfPerson = 10
/** Of each kind. Past it about the oldest are forgotten, so that invented e-mails and addresses cost bounded memory. */
const maxKeys = 20_000

const addresses: Meter = { name: 'guesses-from-addresses', perMinute, burst: burstOfAddress, maxKeys }
const people: Meter = { name: 'guesses-at-people', perMinute, burst: burstOfPerson, maxKeys }

/** `meters` must not fail: see `createSharedMeters`. */
export function createGuessLimits(meters: Meters): GuessLimits {
  async function spend(meter: Meter, key: string): Promise<void> {
    const { allowance } = await meters.spend(meter, key)
    if (!allowance.allowed) throw new LimitReached(`${perMinute} attempts a minute`, allowance)
  }

  return {
    async guess(address, email) {
      const from = networkOf(address)
      // First, so that an address fills the memory of the other no faster than it may guess.
      await spend(addresses, from)
      if (email !== undefined) await spend(people, `${from} ${email.toLowerCase()}`)
    },
    ownPassword: userId => spend(people, userId),
  }
}

/** The network that one customer has: of IPv6 a /64, in which they can take any address they like. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = [], tail = []] = address.split('::').map(part => part.split(':').filter(group => group !== ''))
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head, ...zeros, ...tail].slice(0, 4).join(':')
}
