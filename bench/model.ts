import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { figure, printTable } from './figures.ts'
import { faultToRead, linesOf, saysWhatItIs } from './model/faults.ts'
import { measureRecall, type RecallResult } from './model/measure-recall.ts'
import { measureSpeed } from './model/measure-speed.ts'
import { type Answer, openChat } from './model/parley-chat.ts'
import { correctionChats, factChats, nameChats, peopleChats, type RecallChat } from './model/recall.ts'
import { type ParleyServer, startParley, unlimited } from './parley-server.ts'
import { progress, runBench } from './run-bench.ts'

/**
 * What the shipped model can do, asked as a user would: a real server, its default model and parameters, the public API. Prints
 * what it remembers, what it says to openings and to what is beyond it, and how fast it is. Whether an answer to an
 * opening is sensible is for a reader to say: `--answers` writes them all down.
 *
 *   npm run bench:model -- [--answers FILE] [--every N] [--no-speed]
 */
const { values } = parseArgs({
  options: {
    answers: { type: 'string' },
    /** Asks every n-th question only. */
    every: { type: 'string', default: '1' },
    speed: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const every = Number(values.every)
if (!Number.isInteger(every) || every < 1) throw new Error('--every takes a whole number of at least 1.')
const some = <T>(all: readonly T[]) => all.filter((_, index) => index % every === 0)

const lines = async (name: string) =>
  (await readFile(new URL(`model/${name}.txt`, import.meta.url), 'utf8')).split('\n').filter(line => line !== '')

await runBench(async started => {
  const [names, openings, fresh, beyond, poems] = await Promise.all(
    ['names', 'small-talk', 'fresh-talk', 'beyond', 'poems'].map(lines),
  )
  const server = await startParley(started, { yaml: unlimited })
  const chats = [nameChats, factChats, correctionChats, peopleChats].flatMap(chatsOf => some(chatsOf(names ?? [])))
  progress(`recall: ${chats.length} chats`)
  const recalled = await recallAll(server, chats, openings ?? [])
  printRecall(recalled)
  progress('small talk, what is beyond it, and poems')
  const talk = await answerAll(server, some(openings ?? []))
  const freshTalk = await answerAll(server, some(fresh ?? []))
  const refused = await answerAll(server, some(beyond ?? []))
  const verses = await answerAll(server, some(poems ?? []))
  printAnswers(recalled, { talk, freshTalk, refused, verses })
  if (values.answers !== undefined) {
    await writeFile(values.answers, transcript(recalled, { talk, freshTalk, refused, verses }))
  }
  if (values.speed) printSpeed(await measureSpeed(server))
})

interface Answered {
  readonly question: string
  readonly answer: Answer
}

interface AllAnswers {
  readonly talk: readonly Answered[]
  /** To openings that nobody had read before the model that ships was trained: docs/model.md. */
  readonly freshTalk: readonly Answered[]
  readonly refused: readonly Answered[]
  readonly verses: readonly Answered[]
}

async function recallAll(server: ParleyServer, chats: readonly RecallChat[], openings: readonly string[]) {
  const results: RecallResult[] = []
  for (const [index, chat] of chats.entries()) {
    const from = (index * 7) % (openings.length - 10)
    results.push(await measureRecall(server, chat, openings.slice(from)))
  }
  return results
}

/** Each in a conversation of its own. */
async function answerAll(server: ParleyServer, questions: readonly string[]): Promise<Answered[]> {
  const answered: Answered[] = []
  for (const question of questions) answered.push({ question, answer: await (await openChat(server)).say(question) })
  return answered
}

function printRecall(results: readonly RecallResult[]): void {
  const distances = [...new Set(results.map(({ distance }) => distance))].sort()
  const groups = Map.groupBy(results, ({ group, kind }) => (group === 'facts' ? `${group}: ${kind}` : group))
  const share = (of: readonly RecallResult[]) =>
    of.length === 0 ? '-' : `${of.filter(({ right }) => right).length}/${of.length}`
  printTable(
    ['remembered, by turns between', ...distances.map(String), 'all', '%'],
    1,
    [...groups].map(([name, of]) => [
      name,
      ...distances.map(distance => share(of.filter(result => result.distance === distance))),
      share(of),
      figure((100 * of.filter(({ right }) => right).length) / of.length, 1),
    ]),
  )
}

function printAnswers(recalled: readonly RecallResult[], { talk, freshTalk, refused, verses }: AllAnswers): void {
  const all = [...talk, ...freshTalk, ...refused, ...verses].map(({ answer }) => faultToRead(answer))
  const faults = [...recalled.map(({ fault }) => fault), ...all].filter(fault => fault !== undefined)
  const honest = refused.filter(({ answer }) => saysWhatItIs(answer.text)).length
  const whole = verses.filter(({ answer }) => linesOf(answer.text) >= 4).length
  printTable(['answers', 'of', 'good'], 1, [
    ['say "small offline model" where it cannot know', String(refused.length), String(honest)],
    ['poems of four lines or more', String(verses.length), String(whole)],
    [
      'without a loop, leaked markup or a cut end',
      String(recalled.length + all.length),
      String(recalled.length + all.length - faults.length),
    ],
  ])
  for (const fault of new Set(faults)) progress(`a fault: ${fault}`)
}

function printSpeed(speed: Awaited<ReturnType<typeof measureSpeed>>): void {
  printTable(['speed', 'measured', 'must be'], 1, [
    ['first token at 500 tokens of prompt, ms', figure(speed.firstTokenMs), '< 300'],
    ['tokens a second', figure(speed.tokensPerSecond), '> 50'],
    ['load, ms', figure(speed.loadMs), '< 1000'],
    ['file, MB', figure(speed.fileBytes / 1e6, 1), '<= 35'],
  ])
}

function transcript(recalled: readonly RecallResult[], { talk, freshTalk, refused, verses }: AllAnswers): string {
  const list = (answered: readonly Answered[]) =>
    answered.map(({ question, answer }) => `- ${question}\n  > ${answer.text.replaceAll('\n', '\n  > ')}\n`).join('')
  const wrong = recalled.filter(({ right }) => !right)
  return [
    `## Small talk\n\n${list(talk)}`,
    `## Fresh small talk\n\n${list(freshTalk)}`,
    `## Beyond it\n\n${list(refused)}`,
    `## Poems\n\n${list(verses)}`,
    `## Not remembered\n\n${wrong.map(({ telling, distance, question, answer }) => `- ${telling.join(' / ')} (${distance} turns) ${question}\n  > ${answer}\n`).join('')}`,
  ].join('\n')
}
