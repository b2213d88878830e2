import { z } from 'zod'
import { Time } from './shape.ts'

/** What a running server makes of `parley.yaml`. */
export const ConfigurationState = z
  .object({
    file: z.string(),
    applied_at: Time.describe('When what applies now was read'),
    mistakes: z
      .array(
        z.object({
          line: z.int().nullable().describe('Null where it belongs to no line'),
          text: z.string().describe('File, line, setting, and what is wrong'),
        }),
      )
      .describe('Of its newest version; while there are any, what the file said before stays'),
    awaiting_restart: z.array(z.string()).describe('Sections that have changed and take effect after a restart'),
  })
  .meta({ id: 'ConfigurationState' })
export type ConfigurationState = z.infer<typeof ConfigurationState>

/** What an administrator should know of the server. */
export const InstanceHealth = z.object({ configuration: ConfigurationState }).meta({ id: 'InstanceHealth' })
export type InstanceHealth = z.infer<typeof InstanceHealth>
