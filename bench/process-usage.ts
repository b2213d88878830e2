import { readFileSync } from 'node:fs'

/** CPU time that was spent, in milliseconds. The kernel counts it in steps of 10 ms. */
export interface CpuTime {
  readonly userMs: number
  readonly systemMs: number
}

/** What a process has spent since it began, all its threads together. */
export function cpuTime(pid: number): CpuTime {
  const { user, system } = readTicks(pid)
  return { userMs: user * tickMs, systemMs: system * tickMs }
}

/** The same of a process and its children, those that have ended included. */
export function cpuTimeOfFamily(pid: number): CpuTime {
  const parent = readTicks(pid)
  const living = childrenOf(pid).map(child => cpuTime(child))
  return {
    userMs: (parent.user + parent.endedUser) * tickMs + sum(living.map(({ userMs }) => userMs)),
    systemMs: (parent.system + parent.endedSystem) * tickMs + sum(living.map(({ systemMs }) => systemMs)),
  }
}

export const cpuSince = (before: CpuTime, now: CpuTime): CpuTime => ({
  userMs: now.userMs - before.userMs,
  systemMs: now.systemMs - before.systemMs,
})

export const totalMs = ({ userMs, systemMs }: CpuTime): number => userMs + systemMs

/** Resident memory now, in MB (1,000,000 bytes). */
export function residentMb(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return (Number(kibibytes) * 1_024) / 1e6
}

export function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** How many files and sockets a process of ours may have open; Node raises itself to the hard limit. */
export function mostOpenFiles(): number {
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
  return hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
}

/** USER_HZ is 100 on every platform that Node runs on. */
const tickMs = 10

/** proc(5), /proc/[pid]/stat: the program's name, in brackets, may hold anything, so fields count from behind it. */
function readTicks(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15).map(Number)
  return { user, system, endedUser, endedSystem }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
