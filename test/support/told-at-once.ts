import type { ReaderTick } from '../../server/chat/reader-tick.ts'

/** A tick for tests that read in the same breath as they write. */
export const toldAtOnce: ReaderTick = {
  pressed: false,
  later: read => read(),
  open: () => true,
  soon: tell => tell(),
  release() {},
  stop() {},
}
