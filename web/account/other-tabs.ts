import type { User } from '#protocol'
import { meQuery } from '../api/queries.ts'
import { sessionBegan } from '../api/session.ts'
import type { PageContext } from '../page-context.ts'
import { forgetOthers } from './forget-others.ts'

/** The tabs of one browser share its session: what one does to it, the others must know. */
type Word = { readonly signedIn: string } | { readonly signedOut: true }

const channelName = 'parley.session'

function tell(word: Word): void {
  const channel = new BroadcastChannel(channelName)
  channel.postMessage(word)
  channel.close()
}

/**
 * Somebody has signed in, in this tab: what the browser keeps of others goes, what it keeps of them is sent, and the tabs
 * that show somebody else begin anew.
 */
export function enter({ outbox, liveTurns }: PageContext, user: User): void {
  forgetOthers(user.id)
  sessionBegan()
  liveTurns.reconnect()
  outbox.open(user.id)
  tell({ signedIn: user.id })
}

/** Somebody has signed out, in this tab. Nothing of them stays: neither here, nor in the tabs beside. */
export function leave(): void {
  forgetOthers(undefined)
  tell({ signedOut: true })
  location.replace('/sign-in')
}

export function listenToOtherTabs({ queryClient, liveTurns, outbox }: PageContext): void {
  new BroadcastChannel(channelName).onmessage = ({ data }: MessageEvent<Word>) => {
    const shown = queryClient.getQueryData(meQuery.queryKey)
    if (shown === undefined) return
    if ('signedOut' in data) location.replace('/sign-in')
    else if (data.signedIn !== shown.id) location.replace('/')
    else {
      sessionBegan()
      liveTurns.reconnect()
      outbox.open(shown.id)
    }
  }
}
