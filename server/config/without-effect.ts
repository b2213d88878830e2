import { isDeepStrictEqual } from 'node:util'
import { type FileConfig, fileSettings } from './settings.ts'

/** What is read and checked, so that a file can name it already, and takes effect with a later release. */
const idle: Readonly<Record<string, (config: FileConfig) => unknown>> = {
  'auth.sign_up': ({ auth }) => auth.signUp,
  'auth.oidc': ({ auth }) => auth.oidc,
  'auth.smtp': ({ auth }) => auth.smtp,
  'server.media_hosts': ({ server }) => server.mediaHosts,
  retention: ({ retention }) => retention,
  plugins: ({ plugins }) => plugins,
  'models.*.input_price': ({ models }) => [...models.values()].filter(({ inputPrice }) => inputPrice !== 0),
  'models.*.output_price': ({ models }) => [...models.values()].filter(({ outputPrice }) => outputPrice !== 0),
}

/** The settings that this file changes in vain, so that nobody relies on them in silence. */
export function settingsWithoutEffect(config: FileConfig): readonly string[] {
  const untouched = fileSettings.parse({})
  return Object.keys(idle).filter(name => !isDeepStrictEqual(idle[name]?.(config), idle[name]?.(untouched)))
}
