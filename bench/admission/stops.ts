import { setTimeout as wait } from 'node:timers/promises'
import { ms, type Row } from './rows.ts'
import { clusterCount, type Stage, slotsEach } from './stage.ts'
import type { Asked } from './user.ts'

/** For these no answer ends by itself. */
export const longPace = { firstTokenMs: 50, answerMs: 60_000 }
const rounds = 30

/** All places are taken and one more waits; one answer is stopped: until its place is free, and the next one has it. */
export async function stoppedAnswers({ users, seen }: Stage): Promise<readonly Row[]> {
  const requestFor = async ({ prompt }: Asked) => (await seen()).requests.find(one => one.prompt === prompt)
  const until = async (condition: () => Promise<boolean>) => {
    while (!(await condition())) await wait(2)
  }
  const fromUser = (number: number) => {
    const user = users[number % users.length]
    if (user === undefined) throw new Error('nobody is there')
    return user.ask()
  }
  let asked = 0
  const running: Asked[] = []
  while (running.length < clusterCount * slotsEach) running.push(fromUser(asked++))
  for (const one of running) await until(async () => (await requestFor(one)) !== undefined)
  const freeMs: number[] = []
  const startedMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    const next = fromUser(asked++)
    await next.queued
    const stopped = running.shift()
    if (stopped === undefined) throw new Error('nothing runs')
    const sentAt = await stopped.stop()
    await stopped.over
    await until(async () => (await requestFor(next)) !== undefined)
    freeMs.push(((await requestFor(stopped))?.endedAt ?? Number.NaN) - sentAt)
    startedMs.push(((await requestFor(next))?.askedAt ?? Number.NaN) - sentAt)
    running.push(next)
  }
  await Promise.all(running.map(one => one.stop()))
  await Promise.all(running.map(({ over }) => over))
  return [
    ms('stopped: the cluster is free', freeMs, 0.5),
    ms('stopped: the cluster is free', freeMs, 1, 100),
    ms('stopped: the next in line is on it', startedMs, 0.5),
    ms('stopped: the next in line is on it', startedMs, 1, 100),
  ]
}
