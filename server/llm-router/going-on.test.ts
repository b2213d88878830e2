import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { suite, type TestContext, test } from 'node:test'
import { isFault } from '#kit'
import {
  ailingModel,
  answers,
  answerTo,
  type Behaviour,
  endMarker,
  finish,
  piece,
  refuses,
  stallsAfter,
  streams,
  usage,
} from '../../test/support/ailing-cluster.ts'
import { hi } from '../../test/support/cluster-under-test.ts'
import {
  type GenerateOptions,
  generate,
  type PlainEvent,
  type RoutedOptions,
  startPair,
  startRouted,
} from '../../test/support/routed-clusters.ts'
import type { GenerationEvent } from './generation-event.ts'

const dispatched = (cluster: string) => ({ type: 'dispatched', cluster, model: ailingModel })
const text = (content: string) => ({ type: 'text', text: content })
const begun = 'You sai'
const wentOn = { type: 'went_on', at: begun.length, inputTokens: 1, outputTokens: 1 }
/** The usage of both parts. */
const wholeUsage = { type: 'usage', inputTokens: 8, cachedTokens: 0, outputTokens: 4 }
const end = { type: 'end', finishReason: 'stop' }

/** `a` begins its answer, and does `breakOff` once that has been taken. */
async function startCut(
  context: TestContext,
  breakOff: (response: ServerResponse) => unknown,
  { first = piece(begun), ...options }: RoutedOptions & { readonly first?: string } = {},
) {
  let cut: ServerResponse | undefined
  const begin: Behaviour = (response, asked) => {
    cut = response
    stallsAfter(first)(response, asked)
  }
  const routed = await startPair(context, begin, options)
  const run = (more: Partial<GenerateOptions> = {}) => {
    let told = false
    return generate(routed, {
      ...more,
      on(event: GenerationEvent) {
        more.on?.(event)
        if (told || cut === undefined || event.type === 'dispatched') return
        told = true
        breakOff(cut)
      },
    })
  }
  return { ...routed, run }
}

const breaks = (response: ServerResponse) => response.destroy()
const ends = (response: ServerResponse) => response.end()

const waysToBreakOff: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  'breaks its connection': breaks,
  'ends its stream': ends,
  'sends the end marker alone': response => response.end(endMarker),
  'reports an error': response => response.write('data: {"error":{"message":"secret"}}\n\n'),
  'sends garbage': response => response.write('data: <html>\n\n'),
  'drops the request': response => response.write(finish.replace('"stop"', '"abort"')),
}

function assertFailed(thrown: unknown): void {
  assert.ok(isFault(thrown) && thrown.code === 'generation_failed', String(thrown))
  assert.doesNotMatch(thrown.message, /secret/)
}

suite('going on elsewhere', { concurrency: true }, () => {
  for (const [way, breakOff] of Object.entries(waysToBreakOff)) {
    test(`where a cluster ${way} behind its first text, another one goes on, and the text is that of an unbroken answer`, async context => {
      const { run, b } = await startCut(context, breakOff)
      const { events, thrown } = await run()
      assert.equal(thrown, undefined)
      const rest = answerTo('Hi').slice(begun.length)
      const told = [dispatched('a'), text(begun), wentOn, dispatched('b'), text(rest), wholeUsage, end]
      assert.deepEqual(events, told)
      const { messages, max_tokens } = b.asked.at(-1)?.body ?? {}
      assert.deepEqual(messages, [...hi.messages, { role: 'assistant', content: begun }])
      assert.equal(max_tokens, hi.maxTokens - 1)
    })
  }

  test('an answer that was continued already goes on from all of its text', async context => {
    const said = answerTo('Hi').slice(0, 3)
    const request = {
      ...hi,
      messages: [...hi.messages, { role: 'assistant' as const, content: said }],
      continues: true,
    }
    const { run, b } = await startCut(context, ends, { first: piece(answerTo('Hi').slice(3, 6)) })
    const { events, thrown } = await run({ request })
    assert.equal(thrown, undefined)
    assert.deepEqual(b.asked.at(-1)?.said, answerTo('Hi').slice(0, 6))
    assert.equal(textOf(events), answerTo('Hi').slice(3))
  })

  test('a cluster that cannot go on is replaced by the next', async context => {
    let cut: ServerResponse | undefined
    const begin: Behaviour = (response, asked) => {
      cut = response
      stallsAfter(piece(begun))(response, asked)
    }
    const routed = await startRouted(context, [begin, refuses(500), answers])
    const { events, thrown } = await generate(routed, { on: ({ type }) => type === 'text' && cut?.end() })
    assert.equal(thrown, undefined)
    assert.equal(textOf(events), answerTo('Hi'))
    assert.deepEqual(
      events.map(({ type }) => type),
      ['dispatched', 'text', 'went_on', 'dispatched', 'given_up', 'dispatched', 'text', 'usage', 'end'],
    )
  })

  test('a second failure is told, and the text of both is kept', async context => {
    const { run, b } = await startCut(context, ends)
    b.behaviour = streams(piece('d: '))
    const { events, thrown } = await run()
    assertFailed(thrown)
    assert.deepEqual(events, [dispatched('a'), text(begun), wentOn, dispatched('b'), text('d: ')])
  })

  test('nobody takes up half a tool call or a thought', async context => {
    const delta = (more: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: more }] })}\n\n`
    for (const first of [
      piece(begun) + delta({ tool_calls: [{ index: 0, id: 'x', function: { name: 'f', arguments: '{' } }] }),
      delta({ reasoning_content: 'Hm' }),
      delta({ reasoning_content: 'Hm' }) + piece(begun),
    ]) {
      const { run, b } = await startCut(context, ends, { first })
      assertFailed((await run()).thrown)
      assert.equal(b.asked.length, 1)
    }
  })

  test('one that would have to be asked in words, or finds the text too long, does not go on', async context => {
    const talks = await startCut(context, ends, { lastEngine: 'openai' })
    const { events, thrown } = await talks.run()
    assertFailed(thrown)
    assert.deepEqual(events, [dispatched('a'), text(begun)])
    assert.equal(talks.b.asked.length, 1)

    const full = await startCut(context, ends)
    full.b.behaviour = refuses(400, { code: 'context_length_exceeded', message: '', n_prompt_tokens: 9, n_ctx: 8 })
    assertFailed((await full.run()).thrown)
  })

  test('an only cluster goes on itself where the connection broke, and only there', async context => {
    for (const [breakOff, asked] of [
      [breaks, 2],
      [ends, 1],
    ] as const) {
      let cut: ServerResponse | undefined
      const routed = await startRouted(context, [
        (response, call) => {
          if (cut !== undefined) return answers(response, call)
          cut = response
          stallsAfter(piece(begun))(response, call)
        },
      ])
      const on = ({ type }: GenerationEvent) => type === 'text' && cut !== undefined && breakOff(cut)
      const { events, thrown } = await generate(routed, { on })
      assert.equal(routed.clusters[0]?.asked.length, asked)
      if (asked === 1) assertFailed(thrown)
      else assert.deepEqual([thrown, textOf(events)], [undefined, answerTo('Hi')])
    }
  })

  test('what the other one says once more is not said twice, and what is held back for that is not lost', async context => {
    const sentence = 'The river runs past seven quiet towns'
    for (const [next, whole] of [
      [`${sentence} and back.`, `${sentence} and back.`],
      ['The river runs', `${sentence}The river runs`],
    ] as const) {
      const { run, b } = await startCut(context, ends, { first: piece(sentence) })
      b.behaviour = streams(...[...next].map(piece), finish, usage, endMarker)
      const { events, thrown } = await run()
      assert.deepEqual([thrown, textOf(events)], [undefined, whole])
      assert.deepEqual(events.at(-1), end)
    }
  })

  test('white space alone is not gone on from: the answer is asked for anew, and joined', async context => {
    const { run, b } = await startCut(context, ends, { first: piece('\n\n') })
    b.behaviour = streams(piece('\n\nHello'), finish, usage, endMarker)
    const { events } = await run()
    assert.equal(textOf(events), '\n\nHello')
    assert.deepEqual(b.asked.at(-1)?.body.messages, hi.messages)
  })

  test('a stop while another one goes on ends it there, with its own reason', async context => {
    const { run, b } = await startCut(context, ends)
    const closed = Promise.withResolvers<void>()
    b.behaviour = (response, asked) => {
      response.on('close', closed.resolve)
      stallsAfter(piece('d: '))(response, asked)
    }
    const stop = new AbortController()
    const on = (event: GenerationEvent) => event.type === 'text' && event.text === 'd: ' && stop.abort('stopped')
    const { events, thrown } = await run({ signal: stop.signal, on })
    assert.equal(thrown, 'stopped')
    assert.equal(textOf(events), `${begun}d: `)
    await closed.promise
  })
})

const textOf = (events: readonly PlainEvent[]): string =>
  events.map(event => (event.type === 'text' ? event.text : '')).join('')
