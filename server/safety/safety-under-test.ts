import { systemClock } from '#kit'
import { createSafety, type Safety, type SafetyOptions } from './create-safety.ts'
import type { Screened } from './reply-screen.ts'

/** What a safety filter told its metrics. */
export interface SafetyUnderTest {
  readonly safety: Safety
  readonly told: { readonly stage: string; readonly at: string; readonly outcome: string; readonly category: string }[]
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

export function safetyWith(options: Partial<SafetyOptions>): SafetyUnderTest {
  const told: SafetyUnderTest['told'] = []
  const safety = createSafety({
    blocklist: new Map(),
    categories: new Map(),
    guard: undefined,
    secrets: [],
    metrics: { verdictGiven: verdict => told.push(verdict) },
    clock: systemClock,
    log: quiet,
    ...options,
  })
  return { safety, told }
}

export const never = new AbortController().signal

export const blocking = (...phrases: string[]): SafetyUnderTest =>
  safetyWith({ blocklist: new Map([['blocked', phrases]]) })

/** What a reader sees of a reply that comes in these pieces. */
export async function screened({ safety }: SafetyUnderTest, pieces: readonly string[]) {
  const screen = safety.screenReply(() => {})
  if (screen === undefined) return { text: pieces.join(''), refusal: undefined }
  const steps: Screened[] = pieces.map(screen.push)
  steps.push(await screen.end(never))
  return {
    text: steps.map(({ release }) => release).join(''),
    refusal: steps.find(({ refusal }) => refusal !== undefined)?.refusal,
  }
}
