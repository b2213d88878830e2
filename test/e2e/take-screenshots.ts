/**
 * `npm run screenshots`: takes the pictures in docs/screenshots/, of a real server in a real browser, on a desk and on a
 * phone, in both themes. The conversation in them is written here; everything else is as people see it.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { type Look, looks, openDevice, startBrowser } from '../support/browser.ts'
import { serveCluster } from '../support/serve-cluster.ts'
import { type RunningServer, type Scope, startServer, unlimited, until } from '../support/server.ts'

const folder = join(import.meta.dirname, '../../docs/screenshots')

const question = 'How do I tell whether a retry storm is coming?'
const answer = [
  'Watch the share of requests that are **second attempts**. While a service is healthy it is small and steady; before a storm it grows faster than the traffic itself.\n\n',
  'With a success rate $p$ and at most $n$ attempts, the load that callers make of one request is\n\n$$\nE = \\sum_{k=0}^{n-1} (1-p)^k = \\frac{1 - (1-p)^n}{p}\n$$\n\n',
  'so three attempts can triple your load exactly when you can least afford it:\n\n',
  '| success rate | 3 attempts | 5 attempts |\n| --- | ---: | ---: |\n| 99 % | 1.01 | 1.01 |\n| 50 % | 1.75 | 1.94 |\n| 10 % | 2.71 | 4.10 |\n\n',
  'A **retry budget** keeps it bounded. Spend from it on each retry, and earn a little with each success:\n\n',
  '```ts\nexport function createRetryBudget({ ratio = 0.1, most = 10 } = {}) {\n  let tokens = most\n  return {\n    succeeded: () => (tokens = Math.min(most, tokens + ratio)),\n    // Refuse before the storm, not in it.\n    mayRetry: () => (tokens >= 1 ? (tokens--, true) : false),\n  }\n}\n```\n\n',
  '> Retry on one layer only: three layers that each try three times make 27 requests of one.\n',
]
const earlier = [
  'Plan the offsite in June',
  'Translate the release notes',
  'Why is the build slow on Mondays?',
  'SQL: sessions per day',
]

const works: (() => unknown)[] = []
const scope: Scope = { after: work => void works.push(work) }
try {
  await mkdir(folder, { recursive: true })
  const browser = await startBrowser(scope)
  const { server, email, password } = await startFilled()
  for (const look of looks) {
    const { page, context } = await openDevice(browser, server, look)
    await photograph(page, look, { email, password })
    await context.close()
  }
} finally {
  for (const work of works.reverse()) await work()
}

async function photograph(
  page: Page,
  look: Look,
  person: { readonly email: string; readonly password: string },
): Promise<void> {
  const device = look.width < 768 ? 'phone' : 'desk'
  const take = async (name: string) => {
    await delay(400) // what fades in has arrived
    await page.screenshot({ path: join(folder, `${name}-${device}-${look.theme}.png`) })
  }
  await page.goto('/')
  await page.getByLabel('E-mail').fill(person.email)
  await take('sign-in')
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('What is on your mind').waitFor()
  await take('new-chat')

  if (device === 'phone') await page.getByRole('button', { name: 'Show the sidebar' }).click()
  await page.getByRole('link', { name: question }).waitFor()
  if (device === 'phone') await take('sidebar')
  await page.getByRole('link', { name: question }).click()
  await page.getByText('Retry on one layer only').waitFor()
  await page.locator('.katex').first().waitFor()
  await take('chat')
  await page.mouse.move(look.width / 2, 300)
  await page.mouse.wheel(0, -5_000)
  await take('chat-top')

  await page.goto('/settings')
  await page.getByRole('heading', { name: 'Clusters' }).waitFor()
  await take('settings')
  await page.getByText('Drained').scrollIntoViewIfNeeded()
  await page.mouse.wheel(0, 5_000)
  await take('clusters')
}

/** A server with an admin, a person, and conversations. */
async function startFilled(): Promise<{ server: RunningServer; email: string; password: string }> {
  const url = await serveCluster(scope, { id: 'llama-3.3-70b', contextTokens: 131_072 }, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => {
      body += chunk
    })
    request.on('end', () => {
      const { messages } = JSON.parse(body) as { messages: readonly { readonly content: string }[] }
      const asked = messages.at(-1)?.content ?? ''
      const title = [...earlier, question].find(text => asked !== text && asked.includes(text))
      const texts = title !== undefined ? [title] : asked === question ? answer : ['Here you are.']
      response.setHeader('content-type', 'text/event-stream')
      for (const content of texts)
        response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`)
      response.end('data: [DONE]\n\n')
    })
  })
  const server = await startServer(scope, {
    yaml: `${unlimited}clusters:\n  - { name: gpu-west, region: eu-west, url: ${url}, capacity: 32 }\n  - { name: gpu-east, region: eu-east, url: ${url} }\n`,
    env: { PARLEY_ADMIN_KEY: undefined },
  })
  const token = await until('the set-up link is printed', () => /setup#(\S+)/.exec(server.stdout)?.[1])
  const person = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery staple' }
  const send = async (method: string, path: string, data: unknown, cookie = '') => {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', origin: server.url, cookie },
      body: JSON.stringify(data),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }
  const post = (path: string, data: unknown, cookie?: string) => send('POST', path, data, cookie)
  const cookie = (await post('/setup', { token, ...person })).headers.get('set-cookie')?.split(';')[0] ?? ''
  await post('/admin/users', { name: 'Grace Hopper', email: 'grace@example.com' }, cookie)
  for (const content of [...earlier, question]) {
    const { id } = (await (await post('/conversations', { title: content }, cookie)).json()) as { id: string }
    await post(`/conversations/${id}/messages`, { content }, cookie)
  }
  await send('PATCH', '/admin/clusters/gpu-east', { state: 'draining' }, cookie)
  return { server, ...person }
}
