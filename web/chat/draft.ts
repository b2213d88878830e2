const prefix = 'parley.draft.'
const keyOf = (userId: string, chat: string) => `${prefix}${userId}.${chat}`

/** What somebody has written and not sent, by conversation; survives a reload and the end of a session. */
export const readDraft = (userId: string, chat: string): string => localStorage.getItem(keyOf(userId, chat)) ?? ''

export function writeDraft(userId: string, chat: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(keyOf(userId, chat))
    else localStorage.setItem(keyOf(userId, chat), text)
  } catch {
    // The browser's store is full: the text still stands in the field.
  }
}

/** A chat that was being begun has become a conversation, while something more was written. */
export function moveDraft(userId: string, from: string, to: string): void {
  writeDraft(userId, to, readDraft(userId, from))
  writeDraft(userId, from, '')
}
