import { setTimeout as delay } from 'node:timers/promises'

/** Resolves when the condition holds, with what it answered; rejects after 20 s. */
export async function until<Value>(condition: () => Promise<Value>): Promise<NonNullable<Value>> {
  for (const deadline = performance.now() + 20_000; performance.now() < deadline; await delay(10)) {
    const value = await condition()
    if (value) return value
  }
  throw new Error(`waited 20 s in vain for: ${condition}`)
}
