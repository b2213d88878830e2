const jobs = new Set<() => void>()
let scheduled = false

/** Runs a job when the page has nothing better to do, in slices of about `sliceMs`. Returns how to call it off. */
export function whenIdle(job: () => void): () => void {
  const entry = () => job()
  jobs.add(entry)
  schedule()
  return () => jobs.delete(entry)
}

const sliceMs = 8
/** A job waits no longer than this, however busy the page is. */
const patienceMs = 500

function schedule() {
  if (scheduled) return
  scheduled = true
  // Safari has no idle callback.
  if ('requestIdleCallback' in globalThis) requestIdleCallback(runSlice, { timeout: patienceMs })
  else setTimeout(runSlice, 16)
}

function runSlice() {
  scheduled = false
  const end = performance.now() + sliceMs
  for (const job of jobs) {
    jobs.delete(job)
    job()
    if (performance.now() >= end) break
  }
  if (jobs.size > 0) schedule()
}
