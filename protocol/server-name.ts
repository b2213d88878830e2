/** What every answer of a Parley server bears in its `server` header, so that none takes another for an engine. */
export const serverName = 'Parley'
