import { setTimeout as wait } from 'node:timers/promises'
import { isAdmitted, ms, percent, type Row, seconds } from './rows.ts'
import { capacity, type Stage, slotsEach, userCount, usualPace } from './stage.ts'
import type { Tried, User } from './user.ts'

const load = 3
/** So many of those who are refused come again when they were told to, and do not ask before. */
const comesAgain = 0.1
/** Of those who come when told, in percent. */
const leastLetIn = 90

/**
 * Questions come at three times the rate that the clusters can answer, from users picked at random. Nearly all who are
 * refused give up.
 */
export async function overload({ users, random, seen }: Stage, forMs: number): Promise<readonly Row[]> {
  const tries: Promise<Tried>[] = []
  const returns: Promise<Tried>[] = []
  const away = new Set<User>()
  const end = performance.now() + forMs

  async function comeAgain(user: User, afterMs: number): Promise<Tried> {
    away.add(user)
    await wait(afterMs)
    away.delete(user)
    return user.ask().over
  }

  async function ask(user: User): Promise<Tried> {
    const tried = await user.ask().over
    const { retryAfterMs } = tried
    if (retryAfterMs !== undefined && random() < comesAgain && performance.now() + retryAfterMs < end)
      returns.push(comeAgain(user, retryAfterMs))
    return tried
  }

  await Promise.all(users.map(user => user.prepare(2)))
  while (performance.now() < end) {
    const user = users[Math.floor(random() * userCount)]
    if (user === undefined || away.has(user)) continue
    tries.push(ask(user))
    await wait((-Math.log(1 - random()) * 1_000) / (load * capacity))
  }
  const all = await Promise.all(tries)
  const came = await Promise.all(returns)
  const first = [...all, ...came].filter(isAdmitted).map(({ firstTokenMs }) => firstTokenMs)
  const refused = all.filter(tried => !isAdmitted(tried))
  const refusedIn = refused.map(({ overMs }) => overMs)
  const told = refused.map(({ retryAfterMs = Number.NaN }) => retryAfterMs)
  const name = `${load}x overload`
  return [
    ms(`${name}: first token of those admitted`, first, 0.5),
    ms(`${name}: first token of those admitted`, first, 0.99, 5_000),
    percent(`${name}: refused`, refused.length, all.length),
    ms(`${name}: refused in`, refusedIn, 0.5),
    ms(`${name}: refused in`, refusedIn, 0.99, 100),
    seconds(`${name}: told to come again in`, told, 0.5),
    seconds(`${name}: told to come again in`, told, 0.9),
    percent(
      `${name}: admitted who came again when told, of ${came.length}`,
      came.filter(isAdmitted).length,
      came.length,
      leastLetIn,
    ),
    {
      what: `${name}: most answers at once on a cluster of ${slotsEach}`,
      value: (await seen()).mostOpen,
      unit: '',
      most: slotsEach,
    },
  ]
}

/**
 * The same demand, of people who wait: each comes again when told until there is an answer, reads it, and thinks before
 * the next question. Unhindered they would ask three times as much as the clusters can answer.
 */
export async function patientUsers({ users, random }: Stage, forMs: number): Promise<readonly Row[]> {
  const cycleMs = (userCount * 1_000) / (load * capacity)
  const thinkMs = cycleMs - usualPace.answerMs
  const returns: Tried[] = []
  const told: number[] = []
  const untilFirstToken: number[] = []
  /** Of the questions that count. */
  let unanswered = 0

  async function askUntilAnswered(user: User, counts: boolean): Promise<void> {
    const askedAt = performance.now()
    if (counts) unanswered += 1
    for (let times = 1; ; times++) {
      const sentAt = performance.now()
      const tried = await user.ask().over
      if (counts && times === 2) returns.push(tried)
      if (tried.retryAfterMs === undefined) {
        if (counts) untilFirstToken.push(sentAt - askedAt + tried.firstTokenMs)
        break
      }
      if (counts) told.push(tried.retryAfterMs)
      await wait(tried.retryAfterMs, undefined, { signal: over.signal }).catch(() => {})
      if (over.signal.aborted) return
    }
    if (counts) unanswered -= 1
    endIfAnswered()
  }

  await Promise.all(users.map(user => user.prepare(1)))
  const end = performance.now() + forMs
  /** The others go on until these are answered, so that they come back to the same crowd. */
  const over = new AbortController()
  const endIfAnswered = () => {
    if (unanswered === 0 && performance.now() >= end) over.abort()
  }
  setTimeout(endIfAnswered, forMs + 1)
  await Promise.all(
    users.map(async user => {
      await wait(random() * cycleMs)
      while (!over.signal.aborted) {
        await askUntilAnswered(user, performance.now() < end)
        await wait(-Math.log(1 - random()) * thinkMs, undefined, { signal: over.signal }).catch(() => {})
      }
    }),
  )
  const name = 'all come again when told'
  return [
    seconds(`${name}: told to come again in`, told, 0.5),
    seconds(`${name}: told to come again in`, told, 0.9),
    percent(
      `${name}: admitted the first time, of ${returns.length}`,
      returns.filter(isAdmitted).length,
      returns.length,
      leastLetIn,
    ),
    seconds(`${name}: from the question to the first token, refusals and all`, untilFirstToken, 0.5),
    seconds(`${name}: from the question to the first token, refusals and all`, untilFirstToken, 0.99),
  ]
}
