import { type QueryClient, queryOptions } from '@tanstack/react-query'
import type { ClusterChange, ClusterInfo, ClusterPage, FoundEnginePage, InstanceHealth, NewCluster } from '#protocol'
import { modelsQuery } from '../api/queries.ts'
import { request } from '../api/request.ts'

export const clustersQuery = queryOptions({
  queryKey: ['admin', 'clusters'],
  queryFn: async ({ signal }) => (await request<ClusterPage>('/admin/clusters', { signal })).data,
  refetchInterval: 5_000,
})

/** What the server makes of parley.yaml. */
export const healthQuery = queryOptions({
  queryKey: ['admin', 'health'],
  queryFn: ({ signal }) => request<InstanceHealth>('/admin/health', { signal }),
  refetchInterval: 5_000,
})

/** Programs on the server's machine that serve models and are not used yet. */
export const foundEnginesQuery = queryOptions({
  queryKey: ['admin', 'found'],
  queryFn: async ({ signal }) => (await request<FoundEnginePage>('/admin/clusters/found', { signal })).data,
  refetchInterval: 30_000,
})

/** Uses an endpoint from now on. Rejects with `RequestError`. */
export async function addCluster(queryClient: QueryClient, cluster: NewCluster): Promise<ClusterInfo> {
  const added = await request<ClusterInfo>('/admin/clusters', { method: 'POST', body: cluster })
  await lookAgain(queryClient)
  return added
}

/** Rejects with `RequestError`. */
export async function removeCluster(queryClient: QueryClient, id: string): Promise<void> {
  await request(`/admin/clusters/${id}`, { method: 'DELETE' })
  await lookAgain(queryClient)
}

/** Drains, disables, enables or weighs a cluster, wherever it comes from. Rejects with `RequestError`. */
export async function steerCluster(
  queryClient: QueryClient,
  { id, name }: ClusterInfo,
  change: ClusterChange,
): Promise<void> {
  await request(`/admin/clusters/${encodeURIComponent(id ?? name)}`, { method: 'PATCH', body: change })
  await lookAgain(queryClient)
}

const lookAgain = (queryClient: QueryClient) =>
  Promise.all(
    [clustersQuery, foundEnginesQuery, modelsQuery].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })),
  )
