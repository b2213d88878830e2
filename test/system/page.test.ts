import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileScope, type RunningServer, startServer } from '../support/server.ts'
import { startStandIn } from './stand-in-cluster.ts'

const scope = fileScope()
let server: RunningServer

before(async () => {
  server = await startServer(scope, { yaml: (await startStandIn(scope)).yaml })
})

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const get = (path: string, headers: Readonly<Record<string, string>> = asBrowser) =>
  fetch(server.url + path, { headers })

test('every address of the page answers with the page, under a policy that runs nothing inline', async () => {
  for (const path of ['/', '/c/01a20e37-1526-723c-a692-4061b99708aa', '/settings', '/sign-in', '/setup', '/password']) {
    const response = await get(path)
    assert.equal(response.status, 200, path)
    assert.match(await response.text(), /<div id="page">/)
    const policy = response.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.equal(response.headers.get('cache-control'), 'no-cache')
    assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  }
})

test('an address that is none says so: to people with the page, to programs with a problem', async () => {
  const page = await get('/nothing/here')
  assert.deepEqual([page.status, page.headers.get('content-type')], [404, 'text/html; charset=utf-8'])
  const problem = await get('/nothing/here', { accept: 'application/json' })
  assert.deepEqual(
    [problem.status, problem.headers.get('content-type')?.split(';')[0]],
    [404, 'application/problem+json'],
  )
  const api = await get('/api/v1/nothing')
  assert.equal(api.headers.get('content-type')?.split(';')[0], 'application/problem+json')
})

test('assets are compressed beforehand and kept forever; their names change with their content', async () => {
  const [script] = /\/assets\/[\w.-]+\.js/.exec(await (await get('/')).text()) ?? []
  assert.ok(script)
  const response = await get(script, { 'accept-encoding': 'br' })
  assert.equal(response.headers.get('content-encoding'), 'br')
  assert.match(response.headers.get('cache-control') ?? '', /max-age=31536000, immutable/)
  assert.match(response.headers.get('content-type') ?? '', /javascript/)
  assert.match(response.headers.get('vary') ?? '', /accept-encoding/i)
})

test('nothing beside the page is served, however it is asked for', async () => {
  const paths = [
    '/..%2fbuild-page.ts',
    '/assets/..%2f..%2fbuild-page.ts',
    '/%2e%2e/package.json',
    '/.vite/manifest.json',
    '/sources.sha256',
    '/index.html.br',
    '/assets/',
    '//etc/passwd',
    '/assets/%00',
  ]
  for (const path of paths) {
    const response = await get(path, { accept: '*/*' })
    assert.ok([400, 404].includes(response.status), `${path}: ${response.status}`)
  }
})
