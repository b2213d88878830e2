import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTestDatabase } from '../support/database.ts'
import { startRedis, withRedis } from '../support/redis.ts'
import { atEnd, startServer, until } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'
import { newConversation, say } from './talk.ts'

const titled = { title: 'Named' }

test(
  'two servers on one database and one Redis answer equal prompts once, and lose no turn while Redis comes and goes',
  withRedis,
  async t => {
    const redis = await startRedis(t)
    const database = await createTestDatabase()
    atEnd(t, database.drop)
    const standIn = await startStandIn(t)
    const env = {
      DATABASE_URL: database.url,
      PARLEY_SECRET: 'a-secret-for-this-test-of-redis-and-more',
      REDIS_URL: redis.url,
    }
    const options = { yaml: standIn.yaml.replace('scope: off', 'scope: user'), env }
    const [first, second] = await Promise.all([startServer(t, options), startServer(t, options)])
    const ask = async (server: typeof first, content: string) =>
      say(server, (await newConversation(server, titled)).id, content)
    const generationsOf = (prompt: string) =>
      standIn.generations.filter(({ messages }) => messages.at(-1)?.content === prompt).length

    await until('both share it', async () => {
      const prompt = `Is it shared? ${Math.random()}`
      await ask(first, prompt)
      return (await ask(second, prompt)).cached
    })

    // At the same moment on both: one makes the answer, the other waits for it.
    const together = 'wait, both of you'
    const answering = [ask(first, together), ask(second, together)]
    const held = await standIn.begun(together)
    held.say('Here you are')
    held.finish()
    const answers = await Promise.all(answering)
    assert.deepEqual(
      answers.map(({ content }) => content),
      ['Here you are', 'Here you are'],
    )
    assert.equal(generationsOf(together), 1)

    let stop = false
    let turns = 0
    const load = Array.from({ length: 12 }, async (_, worker) => {
      for (let round = 0; !stop; round++) {
        const prompt = `Prompt ${round % 2 === 0 ? 'for all' : `of ${worker}`}, ${round >> 1}`
        const answer = await ask(worker % 2 === 0 ? first : second, prompt)
        assert.deepEqual([answer.content, answer.finish_reason], [`You said: ${prompt}`, 'stop'])
        turns += 1
      }
    })
    const running = Promise.all(load)
    const someTurns = async () => {
      const before = turns
      await Promise.race([running, until('turns go on', () => turns >= before + 60)])
    }
    await someTurns()
    redis.freeze()
    await someTurns()
    redis.thaw()
    await someTurns()
    await redis.kill()
    await someTurns()
    await redis.start()
    await someTurns()
    stop = true
    await running
    await until('answers are shared again', async () => {
      const prompt = `And again? ${Math.random()}`
      await ask(first, prompt)
      return (await ask(second, prompt)).cached
    })
  },
)
