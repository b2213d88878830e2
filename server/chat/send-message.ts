import { setTimeout as wait } from 'node:timers/promises'
import { cleanText, Fault, type IdSource, isFault } from '#kit'
import type { LlmRouter } from '#llm-router'
import type { NewMessage } from '#protocol'
import type { NewTurn, OwnerStore, Store } from '#store'
import type { LiveTurns } from './live-turns.ts'

/** A message that is stored: from here on its turn goes its own way, whatever becomes of the sender. */
export interface SentMessage {
  readonly turnId: string
  readonly userMessageId: string
  /** The answer's id. */
  readonly messageId: string
}

export interface SendMessageDeps {
  readonly store: Store
  readonly llmRouter: LlmRouter
  readonly liveTurns: LiveTurns
  readonly workerId: string
  readonly newId: IdSource
}

/** How long a start whose commit is unknown is looked up before the sender is told to try again. */
const lookUpForMs = 5_000

/**
 * Admits, stores and starts one turn. Resolves once everything is stored; a fault before that means that nothing is.
 * Throws `not_found`, `invalid_field` (no such parent), and the faults of the router's `admit`.
 */
export async function sendMessage(
  deps: SendMessageDeps,
  userId: string,
  conversationId: string,
  message: NewMessage,
): Promise<SentMessage> {
  const owner = deps.store.of(userId)
  const conversation = await owner.conversations.get(conversationId)
  if (conversation === undefined) throw noConversation()
  const model = message.model ?? conversation.model
  deps.llmRouter.admit(model)

  const turn: NewTurn = {
    turnId: deps.newId(),
    conversationId,
    userMessageId: deps.newId(),
    answerId: deps.newId(),
    parentId: message.parent_id,
    content: cleanText(message.content),
    model,
    temperature: message.temperature,
    maxTokens: message.max_tokens,
    owner: deps.workerId,
  }
  const outcome = await startSurely(owner, turn)
  switch (outcome) {
    case 'no_conversation':
      throw noConversation()
    case 'no_parent':
      throw new Fault('invalid_field', 'There is no such message in this conversation.', { field: 'parent_id' })
    case 'queued': // whoever ends the turn before it starts it
      break
    case 'running':
      void deps.liveTurns.run({ ...turn, userId, epoch: 1 })
  }
  return { turnId: turn.turnId, userMessageId: turn.userMessageId, messageId: turn.answerId }
}

/** Starts the turn; when the connection broke and nobody knows whether it was committed, looks it up by its id. */
async function startSurely(owner: OwnerStore, turn: NewTurn) {
  try {
    return await owner.turns.start(turn)
  } catch (error) {
    if (!isFault(error)) throw error
    const status = await lookUp(owner, turn.turnId)
    if (status === undefined) throw error
    return status
  }
}

async function lookUp(owner: OwnerStore, turnId: string): Promise<'running' | 'queued' | undefined> {
  for (let waitedMs = 0; ; waitedMs += 250) {
    try {
      return await owner.turns.openStatus(turnId)
    } catch (error) {
      if (!isFault(error) || waitedMs >= lookUpForMs) throw error
    }
    await wait(250)
  }
}

const noConversation = () => new Fault('not_found', 'There is no such conversation.')
