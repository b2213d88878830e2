/**
 * Makes the generations of one context take their steps together.
 *
 * Left alone, node-llama-cpp 3.21 takes whoever is ready into the next batch, so that three chats settle into batches of two
 * and one; and it holds the context's lock for as long as somebody is ready, so that a new chat waited for the others to
 * end before it could drop its old tokens (1.1 s measured, 3 ms in step; throughput of three chats +20 %).
 */
export interface Lockstep {
  /** Takes part from now on: the others wait for this member at each step until it leaves. */
  join(): Member
}

export interface Member {
  /** Settles when every member is ready for its next step. */
  ready(): Promise<void>
  leave(): void
}

export function createLockstep(): Lockstep {
  let members = 0
  let waiting: (() => void)[] = []

  function go(): void {
    if (waiting.length < members) return
    const all = waiting
    waiting = []
    for (const proceed of all) proceed()
  }

  return {
    join() {
      members += 1
      return {
        ready: () =>
          new Promise(resolve => {
            waiting.push(resolve)
            go()
          }),
        leave() {
          members -= 1
          go()
        },
      }
    },
  }
}
