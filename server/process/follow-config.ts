import type { Log } from '#kit'
import type { LiveConfig } from '../config/live-config.ts'
import { type ReadConfig, readNow } from '../config/reading.ts'
import { type ConfigWatch, watchConfig } from '../config/watch-config.ts'

/** Keeps a configuration what its files say, and logs what became of each change. */
export const followConfig = (configuration: LiveConfig, read: ReadConfig, log: Log): ConfigWatch =>
  watchConfig({
    files: configuration.latest,
    read: () => readNow(read),
    onReading(reading) {
      configuration.take(reading)
      const { file, mistakes, awaiting_restart } = configuration.state()
      if (mistakes.length > 0) {
        const texts = mistakes.map(({ text }) => text)
        log.error({ file, mistakes: texts }, 'the configuration has mistakes: what it said before stays')
        return
      }
      log.info({ file }, 'the configuration was read anew')
      if (awaiting_restart.length > 0)
        log.warn({ sections: awaiting_restart }, 'these sections take effect after a restart')
    },
  })
