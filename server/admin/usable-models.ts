import { Fault } from '#kit'
import type { Endpoint, Probed } from '#llm-router'

/** The models that a probed endpoint serves, at least one; else the fault `invalid_field` says what to mend, and where. */
export function usableModels(probed: Probed, { apiKey }: Endpoint): readonly string[] {
  switch (probed.type) {
    case 'models':
      if (probed.models.length > 0) return probed.models
      throw wrong('url', 'It is there but serves no model that chats. Load one there first.')
    case 'unreachable':
      throw wrong('url', 'Nothing answers at this address.')
    case 'key_refused':
      throw wrong('api_key', apiKey === undefined ? 'It asks for a key.' : 'It refuses this key.')
    case 'parley':
      throw wrong('url', 'This is a Parley server, not an engine.')
    case 'no_engine':
      throw wrong(
        'url',
        `Something answers there, but not with a list of models (status ${probed.status}). Most addresses end with /v1.`,
      )
  }
}

const wrong = (field: string, detail: string) => new Fault('invalid_field', detail, { field })
