import { hash } from 'node:crypto'

/**
 * What tells a cluster from all others, the same in every process: a hash, since addresses are no business of whoever
 * reads the Redis. An address of this machine means another cluster on another `machine`.
 */
export function clusterMark({ name, url }: { readonly name: string; readonly url: string }, machine: string): string {
  const { hostname } = new URL(url)
  const here = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
  return hash('sha256', JSON.stringify([url, name, here ? machine : '']), 'base64url').slice(0, 16)
}
