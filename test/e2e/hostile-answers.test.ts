import assert from 'node:assert/strict'
import { test } from 'node:test'
import { xssCorpus } from '../../web/markdown/testing/xss-corpus.ts'
import { startBrowser, withBrowser } from '../support/browser.ts'
import { serveCluster } from '../support/serve-cluster.ts'
import { unlimited } from '../support/server.ts'
import { desk, startAsAda } from './page.ts'

const model = { id: 'parrot', contextTokens: 131_072 }

test('nothing that a model can say runs, loads or leads anywhere it should not', withBrowser, async t => {
  // It answers with what it was asked, to the letter.
  const url = await serveCluster(t, model, (request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text
    })
    request.on('end', () => {
      const { messages } = JSON.parse(body) as { messages: readonly { readonly content: string }[] }
      const content = messages.at(-1)?.content ?? ''
      response.setHeader('content-type', 'text/event-stream')
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`)
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\n`)
      response.end('data: [DONE]\n\n')
    })
  })
  const yaml = `${unlimited}cache: { scope: off }\nclusters:\n  - { name: parrot, url: ${url} }\n`
  const { page, context, server, complaints } = await startAsAda(t, await startBrowser(t), yaml, desk)

  const trouble: string[] = []
  page.on('dialog', dialog => {
    trouble.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on('page', opened => trouble.push(`a page opened: ${opened.url()}`))
  context.on('request', request => {
    if (new URL(request.url()).origin !== new URL(server.url).origin) trouble.push(`a request: ${request.url()}`)
  })

  // Each stands alone, as the first answer of a conversation would; one conversation shows them all.
  const { request } = context
  const headers = { origin: server.url }
  const { id } = await (await request.post('/api/v1/conversations', { data: { title: 'Hostile' }, headers })).json()
  for (const content of xssCorpus) {
    const answered = await request.post(`/api/v1/conversations/${id}/messages`, {
      data: { content, parent_id: null },
      headers,
    })
    assert.equal(answered.status(), 200, content)
  }
  await page.goto(`/c/${id}`)
  const branches = page.getByText(`${xssCorpus.length} / ${xssCorpus.length}`)
  await branches.waitFor()

  for (let shown = xssCorpus.length; shown > 0; shown--) {
    await page.getByText(`${shown} / ${xssCorpus.length}`).waitFor()
    await page.getByRole('article', { name: 'Answer' }).waitFor()
    // Whoever reads moves the mouse over it.
    trouble.push(...(await page.evaluate<string[]>(foundInAnswers)).map(what => `${what} of ${xssCorpus[shown - 1]}`))
    if (shown > 1) await page.getByRole('button', { name: 'Previous version' }).click()
  }
  assert.deepEqual(trouble, [])
  assert.deepEqual(
    complaints.filter(text => !/401 \(Unauthorized\)/.test(text)),
    [],
  )
})

/** Everything in an answer that should not be there. As text: the tests' types know no document. */
const foundInAnswers = `(() => {
  const found = []
  const harmless = /^(https?:|mailto:)/
  for (const element of document.querySelectorAll('article *')) {
    const name = element.localName
    if (/^(script|iframe|object|embed|form|base|meta|link|style|img|video|audio|source|svg|foreignobject|frame|portal)$/.test(name) && !element.closest('button, .katex'))
      found.push(name)
    for (const { name: attribute, value } of element.attributes) {
      if (attribute.startsWith('on')) found.push(attribute)
      if (/^(href|src|action|formaction|xlink:href|srcdoc|data)$/.test(attribute) && !harmless.test(element.href ?? value)) found.push(attribute + '=' + value)
    }
    element.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }))
  }
  return found
})()`
