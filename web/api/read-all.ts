import type { Page } from '#protocol'
import { request } from './request.ts'

/** Every item of a list, page after page. Rejects as `request` does. */
export async function readAll<Item>(path: string, signal: AbortSignal): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const after: string = cursor === '' ? '' : `&cursor=${cursor}`
    const page: Page<Item> = await request(`${path}?limit=100${after}`, { signal })
    items.push(...page.data)
    cursor = page.next_cursor
  }
  return items
}
