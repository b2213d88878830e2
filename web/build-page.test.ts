import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { buildPage, isPageBuilt, pageFolder } from './build-page.ts'

/** What a browser fetches before it can show anything: web.md's budget. */
const mostBytes = 200_000

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}

before(async () => {
  if (!(await isPageBuilt())) await buildPage()
})

test('the first load is at most 200 KB of compressed JavaScript; code, formulas and settings come when they are needed', async () => {
  const manifest: Record<string, Chunk> = JSON.parse(await readFile(join(pageFolder, '.vite/manifest.json'), 'utf8'))
  const first = new Set<string>()
  const follow = (name: string) => {
    const chunk = manifest[name]
    if (chunk === undefined || first.has(chunk.file)) return
    first.add(chunk.file)
    chunk.imports?.forEach(follow)
  }
  follow('index.html')
  const sizes = await Promise.all(
    [...first, 'theme.js'].map(async file => (await stat(join(pageFolder, `${file}.gz`))).size),
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(bytes > 50_000, 'the entry was found')
  assert.ok(bytes <= mostBytes, `${bytes} bytes`)
})

test('nothing is inlined that the policy of the page forbids', async () => {
  const html = await readFile(join(pageFolder, 'index.html'), 'utf8')
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:/i)
})

test('what was built is found again as long as the sources are the same', async () => {
  assert.equal(await isPageBuilt(), true)
})
