/** What this browser keeps of a person: drafts, and messages that are not sent yet. */
const personal = /^parley\.(draft|outbox)\.(\d+)/

/** Throws away what it keeps of everybody but this one; undefined: of everybody, for who signs out on purpose. */
export function forgetOthers(userId: string | undefined): void {
  for (const key of Object.keys(localStorage)) {
    const owner = personal.exec(key)?.[2]
    if (owner !== undefined && owner !== userId) localStorage.removeItem(key)
  }
}
