import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerText } from './answer-text.ts'
import { type Acknowledged, type Attempt, type Ended, type Fault, type Stored, textOf } from './history.ts'
import { judgeHistory } from './judge-history.ts'

/** What one flawless turn leaves behind; a test plants what is wrong. */
interface Story {
  acknowledged: Acknowledged[]
  attempts: Attempt[]
  ended: Ended
  stored: Stored
  faults: Fault[]
}

const question = 'Question 1 of client 1 in a test'
const answer = answerText(question)
const turnId = 'turn-1'

function flawless(): Story {
  const text = textOf(answer)
  return {
    acknowledged: [
      {
        type: 'acknowledged',
        at: 1_010,
        client: 1,
        key: 'key-1',
        conversationId: 'conversation-1',
        question,
        turnId,
        userMessageId: 'message-1',
      },
    ],
    attempts: [{ type: 'attempt', at: 1_000, client: 1, request: 'key-1', operation: 'send', outcome: 200, ms: 10 }],
    ended: {
      type: 'ended',
      at: 9_000,
      client: 1,
      turnId,
      end: 'done',
      reason: 'stop',
      text,
      violations: [],
      pauses: [],
      connections: 1,
    },
    stored: {
      type: 'stored',
      client: 1,
      conversationId: 'conversation-1',
      messages: [
        { id: 'message-1', turnId: null, role: 'user', status: 'done', text: textOf(question) },
        { id: 'message-2', turnId, role: 'assistant', status: 'done', text },
      ],
    },
    faults: [],
  }
}

function judge(plant: (story: Story) => void) {
  const story = flawless()
  plant(story)
  return judgeHistory([...story.acknowledged, ...story.attempts, story.ended, story.stored, ...story.faults])
}

/** The names of the promises that a story breaks. */
const broken = (plant: (story: Story) => void) =>
  judge(plant)
    .promises.filter(({ kept }) => !kept)
    .map(({ name }) => name)

const setAnswer = (story: Story, fields: Partial<Stored['messages'][number]>) => {
  story.stored = {
    ...story.stored,
    messages: story.stored.messages.map(message => (message.role === 'user' ? message : { ...message, ...fields })),
  }
}

const asked = (story: Story) => story.stored.messages.filter(({ role }) => role === 'user')
const unavailable = 'accepted turns that ended done or stopped'

describe('the judge of a history', () => {
  test('finds nothing where nothing is wrong', () => {
    const { promises, offences } = judge(() => {})
    assert.deepEqual(offences, [])
    assert.ok(promises.length >= 10 && promises.every(({ kept }) => kept))
  })

  test('finds an acknowledged message that is not stored, or with another text', () => {
    const lose = (story: Story) => {
      story.stored = { ...story.stored, messages: story.stored.messages.slice(1) }
    }
    const change = (story: Story) => {
      const [first, second] = story.stored.messages
      if (first && second) story.stored = { ...story.stored, messages: [{ ...first, text: textOf('Else') }, second] }
    }
    assert.deepEqual(broken(lose), ['acknowledged messages lost'])
    assert.deepEqual(broken(change), ['acknowledged messages lost'])
  })

  test('finds a message that is stored without any answer', () => {
    const plant = (story: Story) => {
      story.stored = { ...story.stored, messages: asked(story) }
    }
    assert.deepEqual(broken(plant), ['acknowledged messages lost', unavailable])
  })

  test('finds a message, and an answer, that are stored twice', () => {
    for (const place of [0, 1]) {
      const plant = (story: Story) => {
        const again = story.stored.messages.slice(place, place + 1).map(message => ({ ...message, id: 'again' }))
        story.stored = { ...story.stored, messages: [...story.stored.messages, ...again] }
      }
      assert.deepEqual(broken(plant), ['messages or answers stored twice'])
    }
  })

  test('finds a key that made two turns', () => {
    const plant = (story: Story) => {
      const other = { ...story.stored.messages[1], id: 'message-3', turnId: 'turn-2' }
      story.acknowledged.push(...story.acknowledged.map(record => ({ ...record, turnId: 'turn-2' })))
      story.stored = { ...story.stored, messages: [...story.stored.messages, other as Stored['messages'][number]] }
    }
    assert.ok(broken(plant).includes('keys that made two turns'))
  })

  test('finds a token that the stored text has twice, or lacks, even where all readers saw the same', () => {
    for (const text of [`${answer.slice(0, 50)}${answer.slice(40)}`, `${answer.slice(0, 40)}${answer.slice(50)}`]) {
      const plant = (story: Story) => {
        setAnswer(story, { text: textOf(text) })
        story.ended = { ...story.ended, text: textOf(text) }
      }
      assert.deepEqual(broken(plant), ['stored answers that are not what an unbroken one is'])
    }
  })

  test('finds a reader who was shown another text than the stored one', () => {
    const plant = (story: Story) => {
      story.ended = { ...story.ended, text: textOf(answer.slice(0, -1)) }
    }
    assert.deepEqual(broken(plant), ['clients whose text is not the stored one'])
  })

  test('finds events that break the rules', () => {
    const plant = (story: Story) => {
      story.ended = { ...story.ended, violations: ['seq 4 came after 4'] }
    }
    assert.deepEqual(broken(plant), ["event streams against the contract's rules"])
  })

  test('takes a stopped answer that is a beginning, and no whole one that is only that', () => {
    const cut = (status: 'stopped' | 'done') => (story: Story) => {
      const text = textOf(answer.slice(0, 100))
      setAnswer(story, { status, text })
      story.ended = { ...story.ended, text, reason: status }
    }
    assert.deepEqual(broken(cut('stopped')), [])
    assert.deepEqual(broken(cut('done')), ['stored answers that are not what an unbroken one is'])
  })

  test('finds an answer that never ended, for its reader or in the store', () => {
    const unseen = (story: Story) => {
      story.ended = { ...story.ended, end: 'unfinished' }
    }
    assert.deepEqual(broken(unseen), ['answers without an end'])
    assert.deepEqual(
      broken(story => setAnswer(story, { status: 'running' })),
      ['answers without an end', unavailable],
    )
  })

  test('counts an answer that ended in an error against availability', () => {
    assert.deepEqual(
      broken(story => setAnswer(story, { status: 'failed' })),
      [unavailable],
    )
  })

  test('counts a 503 as a failed request, and a broken connection only where nobody answered within 5 s', () => {
    const tries = (...attempts: Pick<Attempt, 'at' | 'ms' | 'outcome'>[]) =>
      broken(story => {
        story.attempts = attempts.map(attempt => ({
          ...attempt,
          type: 'attempt',
          client: 1,
          request: 'key-1',
          operation: 'send',
        }))
      })
    assert.deepEqual(tries({ at: 0, ms: 5, outcome: 503 }, { at: 100, ms: 5, outcome: 200 }), ['requests answered'])
    assert.deepEqual(tries({ at: 0, ms: 5, outcome: 'broken' }, { at: 4_900, ms: 5, outcome: 200 }), [])
    assert.deepEqual(tries({ at: 0, ms: 5, outcome: 'broken' }, { at: 5_100, ms: 5, outcome: 200 }), [
      'requests answered',
    ])
    assert.deepEqual(tries({ at: 0, ms: 5_200, outcome: 'late' }), ['requests answered'])
    assert.deepEqual(tries({ at: 0, ms: 5, outcome: 409 }), ['requests refused for good'])
  })

  test('takes a takeover for the pause that spans the fault, and holds it against the target', () => {
    const fault = { type: 'fault', at: 3_000, healedAt: 6_000, name: 'kill', target: 'a', turnIds: [turnId] } as const
    const paused = (to: number, reason = 'stop') =>
      judge(story => {
        story.faults.push(fault)
        const pauses = [
          { from: 500, to: 2_000 },
          { from: 3_050, to },
        ]
        story.ended = { ...story.ended, reason, pauses }
      })
    assert.deepEqual(paused(12_000).faults[0]?.takeoverMs, [9_000])
    assert.ok(paused(12_000).promises.every(({ kept }) => kept))
    const outcome = (judgement: ReturnType<typeof judge>) =>
      judgement.promises.filter(({ kept }) => !kept).map(({ name }) => name)
    assert.deepEqual(outcome(paused(19_000)), ['takeover, p99'])
    assert.deepEqual(outcome(paused(12_000, 'interrupted')), ['takeover, p99'])
  })
})
