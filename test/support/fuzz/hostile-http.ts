import { withHostileHeaders } from './hostile-headers.ts'
import type { HostileInput, World } from './hostile-input.ts'
import { withHostileBody, withHostileQuery, withHostileTarget } from './hostile-requests.ts'
import { hostileSocket, withHostileFraming } from './hostile-sockets.ts'
import { pickWeighted, randomOf } from './random.ts'

/** Input `index` of the run with this seed. The same again for the same world. */
export function hostileHttp(seed: string, index: number, world: World): HostileInput {
  const random = randomOf(`${seed}:${index}`)
  return pickWeighted(random, [
    [45, () => withHostileBody(random, world)],
    [15, () => withHostileHeaders(random, world)],
    [12, () => withHostileTarget(random, world)],
    [12, () => withHostileQuery(random, world)],
    [8, () => withHostileFraming(random, world)],
    [8, () => hostileSocket(random, world)],
  ])
}
