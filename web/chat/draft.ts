const prefix = 'parley.draft.'

/** What somebody has written and not sent, by conversation; survives a reload and the end of a session. */
export const readDraft = (chat: string): string => localStorage.getItem(prefix + chat) ?? ''

export function writeDraft(chat: string, text: string): void {
  try {
    if (text === '') localStorage.removeItem(prefix + chat)
    else localStorage.setItem(prefix + chat, text)
  } catch {
    // The browser's store is full: the text still stands in the field.
  }
}

/** For who signs out on purpose: the next one at this browser must not read it. */
export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key)
}
