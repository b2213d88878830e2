import { type Bench, openTab, readSeen } from './browser.ts'

/** What the first load costs somebody who is signed in, with nothing in the cache and nothing throttled. */
export interface FirstLoad {
  /** JavaScript as it came over the wire, headers included, until the page had no more to ask for. */
  readonly scriptBytes: number
  /** From the beginning of the navigation until the message's field can take a key. */
  readonly fieldMs: number
}

export async function measureLoad(bench: Bench, width: number): Promise<FirstLoad> {
  await using tab = await openTab(bench, width)
  const { page, devtools } = tab
  const scripts = new Set<string>()
  let scriptBytes = 0
  devtools.on('Network.responseReceived', ({ type, requestId }) => {
    if (type === 'Script') scripts.add(requestId)
  })
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) scriptBytes += encodedDataLength
  })
  await devtools.send('Network.enable')
  await page.goto('/', { waitUntil: 'networkidle' })
  await page.getByLabel('Your message').waitFor()
  const { fieldMs } = await readSeen(page)
  if (fieldMs === undefined || scriptBytes === 0) throw new Error('The page did not load.')
  return { scriptBytes, fieldMs }
}
