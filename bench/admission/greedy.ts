import { setTimeout as wait } from 'node:timers/promises'
import { isAdmitted, mean, percent, type Row } from './rows.ts'
import { capacity, type Stage, type Theatre, usualPace } from './stage.ts'
import type { Tried, User } from './user.ts'

const lightCount = 50
const greedyRequests = 500
/** Of what the clusters can answer. */
const lightLoad = 0.6

/** Fifty light users alone, and then beside one who has 500 requests open all the time, coming again when told. */
export async function greedyUser({ withServer }: Theatre, forMs: number): Promise<readonly Row[]> {
  const alone = await withServer(usualPace, stage => lightUsers(stage, forMs))
  let askedByGreedy = 0
  const beside = await withServer(usualPace, async stage => {
    const greedy = stage.users.at(-1)
    if (greedy === undefined) return []
    await greedy.prepare(greedyRequests)
    const stop = new AbortController()
    const requests = Array.from({ length: greedyRequests }, async () => {
      while (!stop.signal.aborted) {
        askedByGreedy += 1
        const { retryAfterMs } = await greedy.ask().over
        if (retryAfterMs !== undefined) await wait(retryAfterMs, undefined, { signal: stop.signal }).catch(() => {})
      }
    })
    const light = await lightUsers(stage, forMs)
    stop.abort()
    await Promise.all(requests)
    return light
  })
  const admitted = (tries: readonly Tried[]) => tries.filter(isAdmitted)
  const meanOf = (tries: readonly Tried[], of: (tried: Tried) => number) => mean(admitted(tries).map(of))
  const whole = ({ overMs }: Tried) => overMs
  const first = ({ firstTokenMs }: Tried) => firstTokenMs
  const slower = 100 * (meanOf(beside, whole) / meanOf(alone, whole) - 1)
  const name = 'greedy user'
  return [
    { what: `${name}: light answers slower, mean`, value: slower, unit: '%', most: 20 },
    { what: `${name}: light first tokens, mean, alone`, value: meanOf(alone, first), unit: 'ms' },
    { what: `${name}: light first tokens, mean, beside`, value: meanOf(beside, first), unit: 'ms' },
    percent(`${name}: light questions refused`, beside.length - admitted(beside).length, beside.length),
    { what: `${name}: questions of theirs`, value: askedByGreedy, unit: '' },
  ]
}

/** They read for a while before they ask again. */
async function lightUsers({ users, random }: Stage, forMs: number): Promise<readonly Tried[]> {
  const light = users.slice(0, lightCount)
  const cycleMs = (lightCount * 1_000) / (lightLoad * capacity)
  const thinkMs = cycleMs - usualPace.answerMs
  const tries: Tried[] = []
  await Promise.all(light.map(user => user.prepare(1)))
  const end = performance.now() + forMs
  const live = async (user: User) => {
    await wait(random() * cycleMs)
    while (performance.now() < end) {
      tries.push(await user.ask().over)
      await wait(Math.max(0, Math.min(-Math.log(1 - random()) * thinkMs, end - performance.now())))
    }
  }
  await Promise.all(light.map(live))
  return tries
}
