import assert from 'node:assert/strict'
import { type Config, ConfigError, loadConfig } from '../config.ts'

type Environment = Record<string, string | undefined>
type Files = Record<string, string>

/** Loads as if these files, and no others, were there; `parley.yaml` is the one in the working folder. */
export function load(yaml?: string, env: Environment = {}, files: Files = {}): Config {
  const all: Files = yaml === undefined ? files : { '/srv/parley.yaml': yaml, ...files }
  return loadConfig({
    env,
    cwd: '/srv',
    readFile(path) {
      const text = all[path]
      if (text === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' })
      return text
    },
    listFolder: folder =>
      Object.keys(all).flatMap(path => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : [])),
  })
}

/** The lines of the message that refuses it. */
export function mistakesOf(yaml?: string, env: Environment = {}, files: Files = {}): string[] {
  try {
    load(yaml, env, files)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
  assert.fail('it was accepted')
}
