import type { TestContext } from 'node:test'
import { type Look, openDevice, startBrowser, withBrowser } from '../support/browser.ts'
import { atEnd, fileScope } from '../support/server.ts'
import { startStandIn } from '../system/stand-in-cluster.ts'
import { desk, signIn, startAsAda } from './page.ts'

/** One server for all tests of a file, which Ada has set up; undefined without a browser. */
export const home = withBrowser.skip === false ? await startHome() : undefined

async function startHome() {
  const scope = fileScope()
  const browser = await startBrowser(scope)
  const cluster = await startStandIn(scope)
  const { server, context } = await startAsAda(scope, browser, cluster.yaml)
  await context.close()
  return { browser, cluster, server }
}

/** A device of its own for each test, on which Ada is signed in. */
export async function atHome(t: TestContext, look: Look = desk) {
  if (home === undefined) throw new Error('there is no browser')
  const device = await openDevice(home.browser, home.server, look)
  atEnd(t, () => device.context.close())
  await device.page.goto('/')
  await signIn(device.page)
  return { ...device, ...home }
}
