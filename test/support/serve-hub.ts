import { systemClock } from '#kit'
import { createMemoryMeters } from '../../server/gateway/limits/memory-meters.ts'
import { channelOf } from '../../server/hub/channel.ts'
import { openLine } from '../../server/hub/line.ts'
import { createMemoryLoads } from '../../server/load-sharing/memory-loads.ts'
import { createHubAnswering } from '../../server/process/hub-answering.ts'
import { createMemoryAnswers } from '../../server/prompt-cache/memory-answers.ts'
import { quietLog } from './database.ts'

const ttlMs = Number(process.argv[2])
const answer = createHubAnswering({
  meters: createMemoryMeters(systemClock),
  answers: createMemoryAnswers({ ttlMs, clock: systemClock }),
  loads: createMemoryLoads(systemClock),
  metrics: async () => undefined,
})
openLine({ channel: channelOf(process), answer, log: quietLog })
