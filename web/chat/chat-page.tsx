import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { ArrowDown } from 'lucide-react'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Conversation, Message } from '#protocol'
import { newKey } from '../api/new-key.ts'
import { conversationQuery, meQuery, messagesQuery } from '../api/queries.ts'
import { RequestError } from '../api/request.ts'
import { isOpen, usePage } from '../page-context.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { t } from '../text/catalogue.ts'
import { Button } from '../ui/button.tsx'
import { moveToEnd } from '../ui/move-to-end.ts'
import { Notice } from '../ui/notice.tsx'
import { type BranchChoices, visibleBranch } from './branch.ts'
import { Composer } from './composer.tsx'
import { moveDraft } from './draft.ts'
import { MessageList } from './message-list.tsx'
import { type Outgoing, useOutgoing } from './outbox.ts'
import { useScrollOwner } from './scroll-owner.ts'
import { useAnswerWork } from './use-answer-work.ts'
import { useLatest } from './use-latest.ts'
import { useModelChoice } from './use-model-choice.ts'
import { Welcome } from './welcome.tsx'

const none: readonly Message[] = []
const isUnmade = ({ conversationId }: Outgoing) => conversationId === undefined

/** A conversation, or the beginning of one. */
export function ChatPage() {
  const { id } = useParams({ strict: false })
  const { data: me } = useQuery(meQuery)
  // Another chat is another page: nothing of one may linger in the next.
  return me && <Chat key={id ?? 'new'} id={id} userId={me.id} />
}

function Chat({ id, userId }: { readonly id: string | undefined; readonly userId: string }) {
  const page = usePage()
  const { outbox } = page
  const composer = useRef<HTMLTextAreaElement>(null)
  // A conversation that is still to be made has a name of this page's own; one that could not be made yet is gone on with.
  const [chat] = useState(() => id ?? outbox.all().find(isUnmade)?.chat ?? newKey())
  const [choices, setChoices] = useState<BranchChoices>(new Map())
  const conversation = useQuery({ ...conversationQuery(id ?? ''), enabled: id !== undefined })
  const history = useQuery({ ...messagesQuery(id ?? ''), enabled: id !== undefined })
  const outgoing = useOutgoing(outbox).filter(message => (id ?? chat) === (message.conversationId ?? message.chat))
  const [model, setModel] = useModelChoice(id, conversation.data)
  const scroll = useScrollOwner(chat)
  const messages = history.data ?? none
  const rows = useMemo(() => visibleBranch(messages, choices), [messages, choices])
  const failure = conversation.error ?? history.error
  useOpenWhenMade(chat, id, userId)
  useFreshMessages(conversation.data)

  useEffect(() => {
    document.title = conversation.data?.title ? `${conversation.data.title} · Parley` : 'Parley'
  }, [conversation.data?.title])
  // On a phone the keyboard would cover what one has just opened.
  useEffect(() => {
    if (!matchMedia('(hover: hover)').matches || composer.current === null) return
    composer.current.focus()
    moveToEnd(composer.current)
  }, [])

  const choose = useCallback(
    (parentId: string | null, messageId: string) => setChoices(known => new Map(known).set(parentId, messageId)),
    [],
  )
  const answers = useAnswerWork(page, id ?? '', choose)

  // Rows keep the first of these: what it reads must be what holds when it is called.
  const send = useLatest((content: string, parentId?: string | null) => {
    // On a branch that is not the newest, the server's leaf is not the one in sight.
    const below = parentId === undefined && choices.size > 0 ? rows.at(-1)?.message.id : parentId
    if (parentId !== undefined) setChoices(known => new Map([...known].filter(([parent]) => parent !== parentId)))
    scroll.jumpToEnd()
    // Behind others of this chat it stands below the last of their answers; another version stands where the first does.
    const parent = parentId !== undefined || outgoing.length === 0 ? below : undefined
    outbox.put({ key: newKey(), chat, conversationId: id, content, parentId: parent, model: model || undefined })
  })

  const running = rows.find(({ message }) => message.role === 'assistant' && isOpen(message))?.message
  const empty = id === undefined && outgoing.length === 0
  return (
    <main className="flex min-h-0 min-w-0 flex-1 flex-col">
      <PageHeader title={conversation.data?.title ?? (id === undefined ? '' : t('chat.untitled'))} />
      <div className="relative min-h-0 flex-1">
        <div
          ref={scroll.scroller}
          role="log"
          aria-live="off"
          aria-label={t('chat.log')}
          className="h-full overflow-y-auto overscroll-contain outline-offset-[-2px] [overflow-anchor:none]"
        >
          <div ref={scroll.content} className="mx-auto flex min-h-full w-full max-w-[48rem] flex-col px-4 py-6">
            {failure && (
              <Broken error={failure} onRetry={() => void history.refetch().then(() => conversation.refetch())} />
            )}
            {empty && <Welcome />}
            {!failure && id !== undefined && history.isPending && <Skeleton />}
            <MessageList
              conversationId={id ?? ''}
              rows={rows}
              outgoing={outgoing}
              answers={answers}
              onChoose={choose}
              onEdit={send}
              onSendAgain={message => outbox.retry(message, model || undefined)}
              onDiscard={outbox.discard}
            />
          </div>
        </div>
        {!scroll.atEnd && (
          <button
            type="button"
            aria-label={t('chat.toEnd')}
            title={t('chat.toEnd')}
            onClick={scroll.jumpToEnd}
            className="appear absolute bottom-3 left-1/2 flex size-10 -translate-x-1/2 items-center justify-center rounded-full border border-line bg-raised shadow-md hover:bg-hover"
          >
            <ArrowDown className="size-5" />
          </button>
        )}
      </div>
      {!(failure instanceof RequestError && failure.status === 404) && (
        <Composer
          userId={userId}
          chat={id ?? 'new'}
          field={composer}
          model={model}
          onModel={setModel}
          onSend={send}
          onStop={running?.turn_id ? () => answers.stop(running.turn_id ?? '') : undefined}
        />
      )}
    </main>
  )
}

/**
 * Shows the conversation once the first message has made it, unless somebody has gone elsewhere; what they have written
 * meanwhile comes along.
 */
function useOpenWhenMade(chat: string, id: string | undefined, userId: string): void {
  const { outbox } = usePage()
  const navigate = useNavigate()
  useEffect(() => {
    if (id !== undefined) return
    return outbox.subscribe(() => {
      const made = outbox.all().find(message => message.chat === chat)?.conversationId
      if (made === undefined) return
      moveDraft(userId, 'new', made)
      void navigate({ to: '/c/$id', params: { id: made }, replace: true })
    })
  }, [outbox, chat, id, userId, navigate])
}

/** Reads the messages again when another device has written. */
function useFreshMessages(conversation: Conversation | undefined): void {
  const { queryClient } = usePage()
  const { id, updated_at } = conversation ?? {}
  const seen = useRef(updated_at)
  useEffect(() => {
    if (id === undefined || updated_at === undefined) return
    if (seen.current !== undefined && seen.current !== updated_at)
      void queryClient.invalidateQueries({ queryKey: messagesQuery(id).queryKey })
    seen.current = updated_at
  }, [queryClient, id, updated_at])
}

function Broken({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const missing = error instanceof RequestError && error.status === 404
  return (
    <Notice kind="danger" actions={!missing && <Button onClick={onRetry}>{t('action.retry')}</Button>}>
      {missing ? t('chat.missing') : error.message}
    </Notice>
  )
}

function Skeleton() {
  return (
    <div className="flex flex-col gap-4" aria-hidden="true">
      <div className="h-11 w-1/2 self-end rounded-2xl bg-bubble" />
      <div className="h-4 w-5/6 rounded bg-bubble" />
      <div className="h-4 w-4/6 rounded bg-bubble" />
    </div>
  )
}
