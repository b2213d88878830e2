import type { TestContext } from 'node:test'

/**
 * Does `work` after the test, the last registered first: what was started in a folder has ended before the folder goes.
 * (`t.after` runs the first registered first.)
 */
export function afterTest(t: TestContext, work: () => unknown): void {
  const known = works.get(t)
  if (known) {
    known.push(work)
    return
  }
  const list = [work]
  works.set(t, list)
  t.after(async () => {
    for (const one of list.reverse()) await one()
  })
}

const works = new WeakMap<TestContext, (() => unknown)[]>()
