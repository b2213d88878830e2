import { Link, useMatchRoute, useNavigate } from '@tanstack/react-router'
import { Ellipsis, Pencil, Pin, PinOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import type { Conversation } from '#protocol'
import { useActiveConversations, usePage } from '../page-context.ts'
import { leaveSidebar } from '../shell/sidebar-state.ts'
import { t } from '../text/catalogue.ts'
import { IconButton } from '../ui/button.tsx'
import { Menu, MenuItem, MenuLine } from '../ui/menu.tsx'
import { changeConversation, deleteConversation } from './conversation-work.ts'

/** A line of the sidebar: opens the conversation; its menu changes it. */
export function ConversationItem({ conversation }: { readonly conversation: Conversation }) {
  const { queryClient } = usePage()
  const navigate = useNavigate()
  const isOpen = Boolean(useMatchRoute()({ to: '/c/$id', params: { id: conversation.id } }))
  const active = useActiveConversations().has(conversation.id)
  const [renaming, setRenaming] = useState(false)
  const { id, pinned } = conversation
  const title = conversation.title ?? t('chat.untitled')

  if (renaming) {
    return (
      <li>
        <TitleField
          title={title}
          onEnd={changed => {
            setRenaming(false)
            if (changed !== undefined) void changeConversation(queryClient, conversation, { title: changed })
          }}
        />
      </li>
    )
  }
  return (
    <li className="group relative [contain-intrinsic-size:auto_2.5rem] [content-visibility:auto]">
      <Link
        to="/c/$id"
        params={{ id }}
        onClick={leaveSidebar}
        aria-current={isOpen ? 'page' : undefined}
        dir="auto"
        className="flex min-h-10 items-center gap-2 rounded-lg py-1 pr-10 pl-3 transition-colors hover:bg-hover aria-[current=page]:bg-hover aria-[current=page]:font-medium"
      >
        <span className="truncate" title={title}>
          {title}
        </span>
        {active && (
          <span className="breathe size-2 shrink-0 rounded-full bg-accent" title={t('sidebar.active')}>
            <span className="sr-only">{t('sidebar.active')}</span>
          </span>
        )}
      </Link>
      <div className="absolute top-1 right-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 has-aria-expanded:opacity-100 max-md:opacity-100">
        <Menu
          trigger={
            <IconButton small label={t('sidebar.menu', { title })}>
              <Ellipsis className="size-4" />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => void changeConversation(queryClient, conversation, { pinned: !pinned })}>
            {pinned ? <PinOff className="size-4" /> : <Pin className="size-4" />}{' '}
            {t(pinned ? 'sidebar.unpin' : 'sidebar.pin')}
          </MenuItem>
          <MenuItem onSelect={() => setRenaming(true)}>
            <Pencil className="size-4" /> {t('sidebar.rename')}
          </MenuItem>
          <MenuLine />
          <MenuItem
            danger
            onSelect={() => {
              if (isOpen) void navigate({ to: '/' })
              void deleteConversation(queryClient, conversation)
            }}
          >
            <Trash2 className="size-4" /> {t('sidebar.delete')}
          </MenuItem>
        </Menu>
      </div>
    </li>
  )
}

interface TitleFieldProps {
  readonly title: string
  /** Undefined: as it was. */
  readonly onEnd: (title: string | undefined) => void
}

function TitleField({ title, onEnd }: TitleFieldProps) {
  const [text, setText] = useState(title)
  const changed = text.trim() !== '' && text.trim() !== title ? text.trim() : undefined
  return (
    <input
      // biome-ignore lint/a11y/noAutofocus: somebody has just asked to rename it
      autoFocus
      aria-label={t('sidebar.newTitle')}
      value={text}
      maxLength={200}
      onFocus={event => event.target.select()}
      onChange={event => setText(event.target.value)}
      onBlur={() => onEnd(changed)}
      onKeyDown={event => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) onEnd(changed)
        if (event.key === 'Escape' && !event.nativeEvent.isComposing) onEnd(undefined)
      }}
      className="min-h-10 w-full rounded-lg border border-accent bg-raised px-3"
    />
  )
}
