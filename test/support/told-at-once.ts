import type { ReaderTick } from '../../server/chat/reader-tick.ts'

/** A tick for tests that read in the same breath as they write. */
export const toldAtOnce: ReaderTick = {
  pressed: false,
  gather: (pass: () => void) => pass(),
  open: () => true,
  soon: tell => tell(),
  release() {},
  stop() {},
}
