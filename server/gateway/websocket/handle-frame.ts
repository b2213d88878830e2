import type { Chat, RequestClass } from '#chat'
import { Fault, isFault, type Log } from '#kit'
import type { Limits } from '../limits/limits.ts'
import { type ClientFrame, type FollowFrame, readFrame, type SendFrame } from './client-frame.ts'
import { errorFrame, type RefusedFrame } from './error-frame.ts'
import { type Follows, isEnd, turnIsGone } from './follows.ts'
import type { Outbox } from './outbox.ts'

export interface FrameHandlerDeps {
  readonly chat: Chat
  readonly limits: Limits
  readonly outbox: Outbox
  readonly follows: Follows
  readonly userId: string
  readonly class: RequestClass
  /** Stands in the log lines of this socket. */
  readonly requestId: string
  readonly log: Log
}

/**
 * Does what one frame asks for; undefined stands for a binary one. Whatever fails is answered with an `error` frame, so
 * it never rejects. Every frame counts as a request, and a message against the limit of messages.
 */
export function createFrameHandler(deps: FrameHandlerDeps): (text: string | undefined) => Promise<void> {
  const { chat, limits, outbox, follows, userId, requestId, log } = deps

  function refuse(error: unknown, frame: RefusedFrame): void {
    if (!isFault(error)) log.error({ request_id: requestId, error }, 'a frame failed by a bug')
    else if (error.cause !== undefined) {
      log.warn({ request_id: requestId, code: error.code, error: error.cause }, 'a frame failed')
    }
    outbox.send(errorFrame(error, frame))
  }

  async function send(frame: SendFrame): Promise<void> {
    follows.makeRoomFor()
    const { type, conversation_id: conversationId, idempotency_key: key, ref, ...message } = frame
    const accepted = await chat.begin.send(userId, conversationId, message, {
      // Written as `repeatableOf` writes it, so that a message may be sent again over REST, and is then still the same.
      repeatable:
        key === undefined ? undefined : { key, request: `${messagesOf(conversationId)} ${JSON.stringify(message)}` },
      class: deps.class,
      beforeStart: () => limits.message(userId),
    })
    const feed = await chat.follow(userId, accepted.turn_id, 0)
    if (feed === undefined) throw turnIsGone()
    follows.open(accepted.turn_id, feed, ref)
  }

  async function follow({ turn_id: turnId, after }: FollowFrame): Promise<void> {
    follows.makeRoomFor(turnId)
    const feed = await chat.follow(userId, turnId, after)
    if (feed !== undefined && !feed.ended) {
      follows.open(turnId, feed)
      return
    }
    feed?.close()
    await tellEnd(turnId)
  }

  /**
   * Where SSE answers 204, a socket sends the last event once more: the client asked past the end, and must learn that
   * nothing will come. It already has what this event says, and may skip it by its `seq`.
   */
  async function tellEnd(turnId: string): Promise<void> {
    const feed = await chat.follow(userId, turnId, 0)
    const end = feed?.take().find(isEnd)
    feed?.close()
    if (end === undefined) throw turnIsGone()
    outbox.send(end)
  }

  async function obey(frame: ClientFrame, about: RefusedFrame): Promise<void> {
    switch (frame.type) {
      case 'message':
      case undefined:
        return send(frame)
      case 'follow':
        return follow(frame)
      case 'stop':
        // It resolves when the turn has ended, for which the frames behind it must not wait. The end comes as an event.
        void chat.stop(userId, frame.turn_id).catch(error => refuse(error, about))
        return
      case 'ping':
        outbox.send({ type: 'pong' })
        return
    }
  }

  return async text => {
    const { frame, ...about } = readFrame(text)
    try {
      await limits.request(userId)
      if (frame instanceof Fault) throw frame
      await obey(frame, about)
    } catch (error) {
      refuse(error, about)
    }
  }
}

const messagesOf = (conversationId: string) => `POST /api/v1/conversations/${conversationId}/messages`
