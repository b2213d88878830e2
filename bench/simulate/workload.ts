import { exponential, logNormal, type Random } from '../seeded-random.ts'
import type { Prompt } from './prompt.ts'

/** Who asks what, by means; lengths are log-normal. All in tokens. */
export interface Profile {
  /** Prompts that all sessions of an application begin with; applications differ in how often they are used (1/rank). */
  readonly applications: number
  readonly systemTokens: number
  readonly messageTokens: number
  readonly answerTokens: number
  /** Messages of a session, geometrically distributed. */
  readonly turns: number
}

/** Conversations with an assistant. */
export const chat: Profile = { applications: 4, systemTokens: 500, messageTokens: 250, answerTokens: 220, turns: 5 }
/** Long answers to short questions. */
export const writing: Profile = { applications: 4, systemTokens: 200, messageTokens: 80, answerTokens: 800, turns: 2 }
/** Questions about long documents, of which some are asked about far more than others. */
export const documents: Profile = {
  applications: 60,
  systemTokens: 8_000,
  messageTokens: 120,
  answerTokens: 120,
  turns: 2,
}

/** Long prompts of which none repeats another, and short answers: a program that has files summed up, or code completed. */
export const unrepeated: Profile = {
  applications: 1,
  systemTokens: 0,
  messageTokens: 2_000,
  answerTokens: 40,
  turns: 1,
}

export interface Arrival {
  readonly atMs: number
  readonly prompt: Prompt
}

/** Between the messages of a session. */
const thinkMs = 20_000
const lengthSigma = 0.8
const users = 50
export const tokensPerBlock = 128
/** Blocks of one session get numbers of their own. */
const blocksPerSession = 4_096
const longestAnswer = 4_000

/** The messages of one session, one after another: each repeats what was said before. */
export interface Session {
  next(leavesAfterMs?: number): Prompt | undefined
}

export function createSession(profile: Profile, number: number, user: number, random: Random): Session {
  const application = zipf(profile.applications, random)
  const systemBlocks = Math.floor(profile.systemTokens / tokensPerBlock)
  let promptTokens = profile.systemTokens
  let turnsLeft = 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / profile.turns))
  return {
    next(leavesAfterMs) {
      if (turnsLeft-- <= 0) return undefined
      promptTokens += Math.max(1, Math.round(logNormal(profile.messageTokens, lengthSigma, random)))
      const outputTokens = Math.min(
        longestAnswer,
        Math.max(2, Math.round(logNormal(profile.answerTokens, lengthSigma, random))),
      )
      const blocks = new Float64Array(Math.floor(promptTokens / tokensPerBlock))
      for (let index = 0; index < blocks.length; index++)
        blocks[index] =
          index < systemBlocks
            ? application * blocksPerSession + index
            : (1_000 + number) * blocksPerSession + (index % blocksPerSession)
      const prompt = { user, promptTokens, blocks, tokensPerBlock, outputTokens, leavesAfterMs }
      promptTokens += outputTokens
      return prompt
    },
  }
}

export interface OpenLoop {
  readonly profile: Profile
  readonly durationMs: number
  /** Messages a second, by the time; the mean over the duration is what counts for a steady one. */
  readonly rate: (atMs: number) => number
  readonly highestRate: number
  /** So many readers leave before the end of their answer. */
  readonly leaving: number
}

/**
 * Sessions begin in a Poisson process (thinned where the rate changes), their messages follow after a pause whether or
 * not the answer is there: nobody waits for a slow cluster, so all policies are asked exactly the same.
 */
export function openLoop({ profile, durationMs, rate, highestRate, leaving }: OpenLoop, random: Random): Arrival[] {
  const arrivals: Arrival[] = []
  const betweenMs = (1_000 * profile.turns) / highestRate
  // Sessions that began before, so that the first minute has old ones, too.
  let number = 0
  for (let atMs = -profile.turns * thinkMs; atMs < durationMs; atMs += exponential(betweenMs, random)) {
    const session = createSession(profile, number++, Math.floor(random() * users), random)
    for (let at = atMs; ; at += exponential(thinkMs, random)) {
      const prompt = session.next(random() < leaving ? exponential(3_000, random) : undefined)
      if (prompt === undefined) break
      if (at >= 0 && at < durationMs && random() < rate(at) / highestRate) arrivals.push({ atMs: at, prompt })
    }
  }
  return arrivals.sort((a, b) => a.atMs - b.atMs)
}

/** One of `count`, the first far more often than the last (Zipf's law). */
function zipf(count: number, random: Random): number {
  let all = 0
  for (let rank = 1; rank <= count; rank++) all += 1 / rank
  let left = random() * all
  for (let rank = 1; rank < count; rank++) {
    left -= 1 / rank
    if (left < 0) return rank - 1
  }
  return count - 1
}
