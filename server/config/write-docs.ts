import { writeFileSync } from 'node:fs'
import { describeSettings } from './describe-settings.ts'

writeFileSync(new URL('../../docs/configuration.md', import.meta.url), describeSettings())
