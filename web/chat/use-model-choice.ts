import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Conversation } from '#protocol'
import { conversationQuery, modelsQuery } from '../api/queries.ts'
import { request } from '../api/request.ts'
import { usePage } from '../page-context.ts'
import { toast } from '../ui/toast.tsx'

/**
 * The model of a chat: that of the conversation, kept with it; for one that is being begun, the one picked, else the
 * default. Before the models are known it is empty.
 */
export function useModelChoice(
  id: string | undefined,
  conversation: Conversation | undefined,
): [string, (model: string) => void] {
  const { queryClient } = usePage()
  const { data: models = [] } = useQuery(modelsQuery)
  const [picked, setPicked] = useState<string>()
  const change = useMutation({
    mutationFn: (model: string) => request<Conversation>(`/conversations/${id}`, { method: 'PATCH', body: { model } }),
    onSuccess: changed => queryClient.setQueryData(conversationQuery(changed.id).queryKey, changed),
    onError: error => {
      setPicked(undefined)
      toast({ text: error.message })
    },
  })
  const standard = models.find(model => model.default) ?? models.find(({ available }) => available)
  return [
    picked ?? conversation?.model ?? standard?.id ?? '',
    model => {
      setPicked(model)
      if (id !== undefined) change.mutate(model)
    },
  ]
}
