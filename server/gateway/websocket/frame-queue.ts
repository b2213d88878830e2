export interface FrameQueue {
  /** Adds a frame; undefined stands for a binary one. */
  push(text: string | undefined): void
  /** Nothing waits, and nothing is being handled. */
  readonly idle: boolean
  /** Forgets what waits. */
  clear(): void
}

export interface FrameQueueDeps {
  /** Handles one frame; the next waits for its end. Must not reject. */
  readonly handle: (text: string | undefined) => Promise<void>
  /** Asks for no more frames, and for more again. What is on its way already may still come. */
  readonly holdBack: (held: boolean) => void
  /** Everything that came has been handled. */
  readonly onIdle: () => void
}

/** What may wait before the socket is not read any further. */
const mostFrames = 32
/** In UTF-16 units: the frames may be large. */
const mostUnits = 1_048_576

/** The frames of one socket, handled one after the other in the order in which they came. */
export function createFrameQueue({ handle, holdBack, onIdle }: FrameQueueDeps): FrameQueue {
  const waiting: (string | undefined)[] = []
  let units = 0
  let busy = false
  let held = false

  function weigh(): void {
    const tooMuch = waiting.length > mostFrames || units > mostUnits
    if (tooMuch === held) return
    held = tooMuch
    holdBack(held)
  }

  async function work(): Promise<void> {
    busy = true
    while (waiting.length > 0) {
      const text = waiting.shift()
      units -= text?.length ?? 0
      weigh()
      await handle(text)
    }
    busy = false
    onIdle()
  }

  return {
    push(text) {
      waiting.push(text)
      units += text?.length ?? 0
      weigh()
      if (!busy) void work()
    },
    get idle() {
      return !busy && waiting.length === 0
    },
    clear() {
      waiting.length = 0
      units = 0
      weigh()
    },
  }
}
