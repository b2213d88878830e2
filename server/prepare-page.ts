import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Log } from '#kit'
import { buildPageFile, isPageBuilt, pageFolder } from '../web/build-page.ts'

/**
 * The folder of the web page, built anew where its sources have changed; undefined where it cannot be built (the packages
 * for that are not installed): the API works all the same, and the log says why. Aborting ends a build under way.
 */
export async function preparePage(log: Log, signal: AbortSignal): Promise<string | undefined> {
  if (await isPageBuilt()) return pageFolder
  log.info({}, 'building the page')
  try {
    // A process of its own, so that the bundler's memory goes with it.
    await promisify(execFile)(process.execPath, [buildPageFile], { signal })
    return pageFolder
  } catch (error) {
    signal.throwIfAborted()
    log.error({ error }, 'the page could not be built; the API works without it')
    return undefined
  }
}
