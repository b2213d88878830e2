/** Equal work in flight in this process is done once, and everybody who wants it shares its events. */
export interface SingleFlight<Event> {
  /**
   * Joins the generation under `key`, or begins it with `generate`. Every sharer gets every batch, from the first on, in
   * order, synchronously as it comes; a late one gets what came so far at once, in the same batches. Resolves at the
   * generation's end and rejects with its failure.
   *
   * When `signal` aborts, or `take` throws, this sharer alone leaves at once, and the call rejects with the signal's
   * reason or the error. The generation's own signal aborts with the same when the last sharer has left; a later join
   * under the key begins a new one.
   *
   * `led` is true for exactly one of those who stayed to the end, the first of them to have joined: the one who pays.
   */
  join(
    key: string,
    generate: (take: (batch: readonly Event[]) => void, signal: AbortSignal) => Promise<void>,
    take: (batch: readonly Event[]) => void,
    signal: AbortSignal,
  ): Promise<{ readonly led: boolean }>
}

/** A reader of a flight's log: a cursor, so that nobody gets a batch twice or out of turn, whoever joins or leaves when. */
interface Sharer<Event> {
  readonly take: (batch: readonly Event[]) => void
  next: number
  readonly ended: PromiseWithResolvers<{ readonly led: boolean }>
}

interface Flight<Event> {
  readonly batches: (readonly Event[])[]
  /** In the order in which they joined. */
  readonly sharers: Set<Sharer<Event>>
  readonly abort: AbortController
}

export function createSingleFlight<Event>(): SingleFlight<Event> {
  const flights = new Map<string, Flight<Event>>()

  function begin(key: string): Flight<Event> {
    const flight: Flight<Event> = { batches: [], sharers: new Set(), abort: new AbortController() }
    flights.set(key, flight)
    return flight
  }

  /** Only while it is this flight's: a new one may have begun under the key. */
  function end(key: string, flight: Flight<Event>): void {
    if (flights.get(key) === flight) flights.delete(key)
  }

  function leave(key: string, flight: Flight<Event>, sharer: Sharer<Event>, reason: unknown): void {
    if (!flight.sharers.delete(sharer)) return
    sharer.ended.reject(reason)
    if (flight.sharers.size > 0) return
    end(key, flight)
    flight.abort.abort(reason)
  }

  function serve(key: string, flight: Flight<Event>, sharer: Sharer<Event>): void {
    // A `take` may make others join or leave, itself included, and even bring the next batch.
    while (flight.sharers.has(sharer)) {
      const batch = flight.batches[sharer.next]
      if (batch === undefined) return
      sharer.next++
      try {
        sharer.take(batch)
      } catch (error) {
        leave(key, flight, sharer, error)
      }
    }
  }

  async function run(key: string, flight: Flight<Event>, generate: Parameters<SingleFlight<Event>['join']>[1]) {
    const take = (batch: readonly Event[]) => {
      if (flight.sharers.size === 0) return
      flight.batches.push(batch)
      for (const sharer of flight.sharers) serve(key, flight, sharer)
    }
    let failure: { readonly reason: unknown } | undefined
    try {
      await generate(take, flight.abort.signal)
    } catch (reason) {
      failure = { reason }
    }
    end(key, flight)
    const [leader] = flight.sharers
    for (const sharer of flight.sharers) {
      if (failure === undefined) sharer.ended.resolve({ led: sharer === leader })
      else sharer.ended.reject(failure.reason)
    }
    flight.sharers.clear()
  }

  return {
    async join(key, generate, take, signal) {
      signal.throwIfAborted()
      const known = flights.get(key)
      const flight = known ?? begin(key)
      const sharer: Sharer<Event> = { take, next: 0, ended: Promise.withResolvers() }
      flight.sharers.add(sharer)
      const onAbort = () => leave(key, flight, sharer, signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      if (known === undefined) void run(key, flight, generate)
      else serve(key, flight, sharer)
      try {
        return await sharer.ended.promise
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}
