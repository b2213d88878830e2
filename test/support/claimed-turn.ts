import type { ClaimedTurn } from '#store'

/** A turn as the database hands it to the process that runs it, in every respect an ordinary one. */
export const claimedTurn: ClaimedTurn = {
  userId: '7',
  turnId: '01a20ca6-22ac-7042-9e29-3f3e56be845d',
  conversationId: '01a20ca6-2226-733b-a60e-d2287d687f42',
  answerId: '01a20ca6-22ac-7700-9fde-132ac80210e2',
  userMessageId: '01a20ca6-22ac-7f9c-a58b-ee9f0dcc0f42',
  model: 'm',
  temperature: undefined,
  maxTokens: undefined,
  fresh: false,
  interactive: false,
  epoch: 1,
  prefix: '',
  taken: undefined,
}
