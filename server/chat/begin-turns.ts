import { cleanText, Fault, type IdSource, type Log } from '#kit'
import type { LlmRouter, Ticket } from '#llm-router'
import type { AcceptedTurn, NewMessage } from '#protocol'
import type { ClaimedTurn, OwnerStore, StartTerms, Store } from '#store'
import {
  acceptTurn,
  type BeginOptions,
  firstEpoch,
  noConversation,
  objectMadeUnder,
  toIdempotency,
} from './accept-turn.ts'
import { firstWords } from './name-conversation.ts'
import { untilTaken } from './until-taken.ts'

/**
 * The three ways a turn begins. Each resolves once everything is stored, and from there the turn goes its own way; a
 * fault means that nothing was stored. All throw `not_found`, `rate_limited`, `idempotency_conflict`, `overloaded`, and
 * `model_not_found`, `model_unavailable` where the model cannot be served.
 */
export interface BeginTurns {
  send(userId: string, conversationId: string, message: NewMessage, options?: BeginOptions): Promise<AcceptedTurn>
  /** A sibling of the answer `messageId`, by the same model unless another is named. */
  regenerate(
    userId: string,
    conversationId: string,
    messageId: string,
    model: string | undefined,
    options?: BeginOptions,
  ): Promise<AcceptedTurn>
  /**
   * A new turn on the answer of this one, which must have ended early (`invalid_request` otherwise). While one runs
   * already, that one is returned.
   */
  goOn(userId: string, turnId: string, options?: BeginOptions): Promise<AcceptedTurn>
}

export interface BeginTurnsDeps {
  readonly store: Store
  readonly llmRouter: LlmRouter
  /** Gives the ticket back at the turn's end. */
  readonly run: (turn: ClaimedTurn, ticket: Ticket) => Promise<void>
  readonly workerId: string
  /** Most open turns of a user; 0: no limit. */
  readonly mostOpenTurns: number
  readonly newId: IdSource
  readonly log: Log
}

export function createBeginTurns({
  store,
  llmRouter,
  run,
  workerId,
  mostOpenTurns,
  newId,
  log,
}: BeginTurnsDeps): BeginTurns {
  const terms = (options: BeginOptions): StartTerms => ({
    owner: workerId,
    mostOpen: mostOpenTurns,
    idempotency: toIdempotency(options.repeatable),
    interactive: isInteractive(options),
  })

  /**
   * Takes a place in line before anything is stored, has the turn stored, and lets it run; one that does not run now
   * gives its place back.
   */
  async function accept(owner: OwnerStore, begun: BegunTurn, options: BeginOptions): Promise<AcceptedTurn> {
    const { userId, model, newText, turn, begin } = begun
    const tickets: Ticket[] = []
    const asking = {
      userId,
      class: options.class ?? 'default',
      promptTokens: Buffer.byteLength(newText) / bytesPerToken,
    }
    const beforeStart = async () => {
      tickets.push(llmRouter.admit(model, asking))
      await options.beforeStart?.()
    }
    try {
      const { accepted, outcome } = await acceptTurn(owner, turn, { ...options, beforeStart }, begin)
      // Whoever ends the answer before a queued turn starts it.
      if (outcome === 'running') for (const ticket of tickets.splice(0)) void begun.run(accepted, ticket)
      return accepted
    } finally {
      for (const ticket of tickets) ticket.release()
    }
  }

  /** Accepted as it is, the turn runs as soon as the database tells the text it continues. */
  async function runContinuation(
    userId: string,
    conversationId: string,
    accepted: AcceptedTurn,
    interactive: boolean,
    ticket: Ticket,
  ): Promise<void> {
    const { turns, messages } = store.of(userId)
    try {
      const [row, answer] = await untilTaken(
        () => Promise.all([turns.get(accepted.turn_id), messages.get(conversationId, accepted.message_id)]),
        retryMs =>
          log.warn({ turn_id: accepted.turn_id, retry_ms: retryMs }, 'the database is away; a turn waits for it'),
      )
      if (row === undefined || answer === undefined) return // the conversation was deleted in the meantime
      if (row.status !== 'running' || row.epoch !== firstEpoch) return // it was ended, or taken over, in the meantime
      const asked = {
        model: row.model,
        temperature: row.temperature ?? undefined,
        maxTokens: row.max_tokens ?? undefined,
        fresh: false,
        interactive,
      }
      const ids = { ...idsOf(accepted), userId, conversationId }
      await run({ ...ids, ...asked, epoch: firstEpoch, prefix: answer.content, taken: undefined }, ticket)
    } catch (error) {
      log.error({ turn_id: accepted.turn_id, error }, 'a turn failed by a bug before it ran')
    } finally {
      ticket.release()
    }
  }

  return {
    async send(userId, conversationId, message, options = {}) {
      const owner = store.of(userId)
      const conversationModel = await owner.conversations.modelOf(conversationId)
      if (conversationModel === undefined) throw noConversation()
      const model = message.model ?? conversationModel
      const content = cleanText(message.content)
      const start = terms(options)
      const turn = { turn_id: newId(), user_message_id: newId(), message_id: newId() }
      const { temperature, max_tokens: maxTokens } = message
      const begin = async () => {
        const outcome = await owner.turns.start({
          turnId: turn.turn_id,
          conversationId,
          userMessageId: turn.user_message_id,
          answerId: turn.message_id,
          parentId: message.parent_id,
          content,
          model,
          temperature,
          maxTokens,
          title: firstWords(content),
          start,
        })
        if (outcome !== 'no_message') return outcome
        throw new Fault('invalid_field', 'There is no such message in this conversation.', { field: 'parent_id' })
      }
      const asked = { model, temperature, maxTokens, fresh: false, interactive: isInteractive(options) }
      const runIt = (accepted: AcceptedTurn, ticket: Ticket) =>
        run({ ...idsOf(accepted), userId, conversationId, ...asked, ...anew }, ticket)
      return accept(owner, { userId, model, newText: content, turn, begin, run: runIt }, options)
    },

    async regenerate(userId, conversationId, messageId, model, options = {}) {
      const owner = store.of(userId)
      const sibling = await owner.messages.get(conversationId, messageId)
      if (sibling?.role !== 'assistant' || sibling.parent_id === null) {
        throw noAnswer()
      }
      const picked = model ?? sibling.model
      if (picked === null) throw new Fault('invalid_field', 'Name a model.', { field: 'model' })
      const start = terms(options)
      const turn = { turn_id: newId(), user_message_id: sibling.parent_id, message_id: newId() }
      const begin = async () => {
        const ids = { turnId: turn.turn_id, conversationId, siblingOf: messageId, answerId: turn.message_id }
        const outcome = await owner.turns.regenerate({ ...ids, model: picked, start })
        if (outcome !== 'no_message') return outcome
        throw noAnswer()
      }
      const asked = {
        model: picked,
        temperature: undefined,
        maxTokens: undefined,
        fresh: true,
        interactive: isInteractive(options),
      }
      const runIt = (accepted: AcceptedTurn, ticket: Ticket) =>
        run({ ...idsOf(accepted), userId, conversationId, ...asked, ...anew }, ticket)
      return accept(owner, { userId, model: picked, newText: '', turn, begin, run: runIt }, options)
    },

    async goOn(userId, turnId, options = {}) {
      const owner = store.of(userId)
      const before = await owner.turns.get(turnId)
      if (before === undefined) throw new Fault('not_found', 'There is no such turn.')
      const { conversation_id: conversationId, message_id: answerId } = before
      if ((await owner.conversations.modelOf(conversationId)) === undefined) throw noConversation()
      const start = terms(options)
      const turn = { turn_id: newId(), user_message_id: before.user_message_id, message_id: answerId }
      const begin = async () => {
        const outcome = await owner.turns.goOn({ turnId: turn.turn_id, conversationId, answerId, start })
        if (outcome !== 'no_message') return outcome
        throw new Fault('invalid_request', 'This answer is complete: there is nothing to continue.')
      }
      const open = await owner.turns.openOn(conversationId, answerId)
      if (open !== undefined) {
        await objectMadeUnder(owner, start.idempotency) // the key of another request is refused here, too
        return { ...turn, turn_id: open.id }
      }
      const runIt = (accepted: AcceptedTurn, ticket: Ticket) =>
        runContinuation(userId, conversationId, accepted, isInteractive(options), ticket)
      return accept(owner, { userId, model: before.model, newText: '', turn, begin, run: runIt }, options)
    },
  }
}

/** A guess, good enough for a place in line. */
const bytesPerToken = 4

/** A turn that is about to be stored. */
interface BegunTurn {
  readonly userId: string
  readonly model: string
  /** What of its prompt no cluster has read before. */
  readonly newText: string
  readonly turn: AcceptedTurn
  readonly begin: Parameters<typeof acceptTurn>[3]
  readonly run: (accepted: AcceptedTurn, ticket: Ticket) => Promise<void>
}

const isInteractive = (options: BeginOptions) => options.class === 'interactive'

const anew = { epoch: firstEpoch, prefix: '', taken: undefined }

const noAnswer = () => new Fault('not_found', 'There is no such answer in this conversation.')

const idsOf = ({ turn_id, user_message_id, message_id }: AcceptedTurn) => ({
  turnId: turn_id,
  userMessageId: user_message_id,
  answerId: message_id,
})
