import { setTimeout as wait } from 'node:timers/promises'
import { progress, type Started } from '../run-bench.ts'
import { type LoadOptions, startLoad } from './run-under-faults.ts'
import type { Stage } from './stage.ts'

/** Events a connection lasts for, on average. */
const eventsPerConnection = 8

/** Nothing fails, but the clients drop their connections, so many times, at random points; each goes on at a random replica. */
export async function reconnectAtRandom(
  started: Started,
  stage: Stage,
  options: Omit<LoadOptions, 'dropAfter'>,
  times: number,
) {
  const load = await startLoad(started, stage, { ...options, dropAfter: eventsPerConnection })
  progress(`${options.streams} clients drop ${times} connections`)
  for (let dropped = 0; dropped < times; await wait(500)) dropped = (await load.tell()).dropped
  return load.finish()
}
