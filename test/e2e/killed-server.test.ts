import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { openDevice, startBrowser, withBrowser } from '../support/browser.ts'
import { countTo, startCountingCluster } from '../support/counting-cluster.ts'
import { atEnd, startServer } from '../support/server.ts'
import { answer, desk, phone, say, signIn, startAsAda } from './page.ts'

test(
  'a server that is killed under an open answer comes back, and both devices read on to its end, without a word from anybody',
  withBrowser,
  async t => {
    const browser = await startBrowser(t)
    const cluster = await startCountingCluster(t, 100)
    const { server, page } = await startAsAda(t, browser, cluster.yaml, desk)
    const other = await openDevice(browser, server, phone)
    atEnd(t, () => other.context.close())
    await other.page.goto('/')
    await signIn(other.page)
    await say(page, 'count to 120')
    await answer(page, '1 2 3').waitFor()
    await page.getByRole('heading', { name: 'count to 120' }).waitFor()
    const conversation = new URL(page.url()).pathname
    await other.page.goto(conversation)
    await answer(other.page, '1 2 3').waitFor()

    server.kill('SIGKILL')
    await server.exited
    const told = page.getByText('The server does not answer right now')
    await told.waitFor()
    const { port } = new URL(server.url)
    await startServer(t, {
      yaml: cluster.yaml,
      dataFolder: server.dataFolder,
      env: { PORT: port, PARLEY_ADMIN_KEY: undefined },
    })
    const isWhole = async (device: Page) =>
      (await answer(device, '118 119 120').textContent())?.includes(countTo(120).trim())
    for (const device of [page, other.page]) {
      await answer(device, '118 119 120').waitFor()
      assert.ok(await isWhole(device))
      assert.equal(await device.getByRole('alert').count(), 0)
      assert.equal(await told.count(), 0)
    }
    await page.reload()
    await answer(page, '118 119 120').waitFor()
    assert.ok(await isWhole(page))
  },
)
