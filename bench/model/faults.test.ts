import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { suite, test } from 'node:test'
import { faultOf, saysWhatItIs } from './faults.ts'

const ended = (text: string) => ({ text, finishReason: 'stop', tokens: 1 })
const lines = async (file: string) =>
  (await readFile(new URL(file, import.meta.url), 'utf8')).split('\n').filter(line => line !== '')

suite("the model's evaluation", () => {
  test('loops, leaked markup and answers that were cut off are faults; plain answers and poems are none', () => {
    assert.equal(faultOf(ended('Hello! How can I help you?')), undefined)
    assert.equal(faultOf(ended('La la la! Row, row, row your boat')), undefined)
    assert.equal(faultOf(ended('I am very very very very very glad')), 'it goes round in a loop')
    assert.equal(faultOf(ended('I am here, I am here, I am here, I am')), 'it goes round in a loop')
    assert.equal(faultOf(ended('Hi<|im_end|>')), 'markup leaks')
    assert.equal(faultOf(ended('Hi\nuser\nHello')), 'it speaks for somebody else')
    assert.equal(faultOf({ ...ended('Hi'), finishReason: 'length' }), 'it did not end by itself (length)')
    assert.equal(faultOf(ended(' ')), 'it is empty')
  })

  test('only an answer with the words "small offline model" (or "tiny", or "demo") says what it is', () => {
    assert.ok(saysWhatItIs("I'm only a small offline model, so I can't know."))
    assert.ok(!saysWhatItIs('It is sunny today.'))
  })

  test('the names are 200, and no training text holds one, nor a question of the evaluation', async () => {
    const names = (await lines('names.txt')).map(name => name.toLowerCase())
    assert.equal(new Set(names).size, 200)
    const questions = [...(await lines('small-talk.txt')), ...(await lines('beyond.txt'))]
    assert.equal(new Set(questions).size, 200)
    const folder = new URL('../../training/chat/', import.meta.url)
    const files = (await readdir(folder, { recursive: true })).filter(file => /\.(py|txt)$/.test(file))
    assert.ok(files.includes('words.py') && files.includes('small_talk/own.txt'))
    for (const file of files) {
      const text = (await readFile(new URL(file, folder), 'utf8')).toLowerCase()
      const words = new Set(text.match(/\p{L}+/gu))
      assert.deepEqual(
        names.filter(name => words.has(name)),
        [],
        file,
      )
      assert.deepEqual(
        questions.filter(question => text.includes(question.toLowerCase())),
        [],
        file,
      )
    }
  })
})
