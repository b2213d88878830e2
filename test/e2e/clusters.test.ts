import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { startAilingCluster } from '../support/ailing-cluster.ts'
import { inaccessible, startBrowser, withBrowser } from '../support/browser.ts'
import { fileScope, unlimited, until } from '../support/server.ts'
import { phone, startAsAda } from './page.ts'

const browser = withBrowser.skip === false ? await startBrowser(fileScope()) : undefined

async function choose(page: Page, cluster: string, item: string): Promise<void> {
  await page.getByRole('button', { name: `More for ${cluster}` }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

test(
  'an admin drains, weighs and enables a cluster of the file, and sees what is wrong with the file',
  withBrowser,
  async t => {
    assert.ok(browser)
    const [north, south] = [await startAilingCluster(t), await startAilingCluster(t)]
    const yaml = `${unlimited}clusters: [{ name: north, url: ${north.url} }, { name: south, region: eu, url: ${south.url} }]\n`
    const { page, server, complaints } = await startAsAda(t, browser, yaml, phone)
    await page.goto('/settings')
    const rowOf = (name: string) => page.getByRole('listitem').filter({ hasText: name })
    await rowOf('south').getByText('Ready · eu · from parley.yaml').waitFor()

    const menuOf = (cluster: string) => page.getByRole('button', { name: `More for ${cluster}` })
    const isAtMenuOf = async (cluster: string) => (await menuOf(cluster).and(page.locator(':focus')).count()) === 1
    await menuOf('south').press('Enter')
    await page.keyboard.press('Enter')
    await rowOf('south').getByText('Drained · eu · from parley.yaml').waitFor()
    await until('who has no mouse goes on from there', () => isAtMenuOf('south'), 5_000)
    assert.equal(await page.getByText('No other cluster serves').count(), 0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await rowOf('south').getByText('Ready').waitFor()
    await choose(page, 'south', 'Drain')
    await rowOf('south').getByText('Drained').waitFor()
    await choose(page, 'south', 'Weight')
    await page.getByLabel('Weight', { exact: true }).waitFor()
    await page.keyboard.press('Control+A')
    await page.keyboard.type('0.25')
    await page.keyboard.press('Enter')
    await rowOf('south').getByText('×0.25').waitFor()
    await until('the focus is back', () => isAtMenuOf('south'))
    await choose(page, 'north', 'Disable')
    await rowOf('north').getByText('Disabled').waitFor()
    await page.getByText('No other cluster serves ailing now.').waitFor()
    assert.deepEqual(await inaccessible(page), [])
    await choose(page, 'south', 'Enable')
    await rowOf('south').getByText('Ready').waitFor()

    await writeFile(join(server.workFolder, 'parley.yaml'), `${yaml}nonsense: 1\n`)
    await page.getByRole('alert').getByText('parley.yaml:3: nonsense: is not a setting').waitFor()
    assert.deepEqual(await inaccessible(page), [])
    assert.deepEqual(complaints, [])
  },
)
