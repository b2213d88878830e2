/** Something that a thread did, as Chromium's traces tell it; times in microseconds. */
export interface Span {
  readonly name: string
  readonly ts: number
  readonly dur?: number
  /** The time that the thread had, without what others took meanwhile. */
  readonly tdur?: number
}

export const partNames = ['script', 'garbage', 'style', 'layout', 'paint', 'rest'] as const

/** What a page's main thread did, in microseconds of CPU. */
export type MainThreadParts = Readonly<Record<(typeof partNames)[number], number>>

type Part = keyof MainThreadParts

export const eachPart = (us: (part: Part) => number): MainThreadParts => ({
  script: us('script'),
  garbage: us('garbage'),
  style: us('style'),
  layout: us('layout'),
  paint: us('paint'),
  rest: us('rest'),
})

/** Adds up the spans of one thread. What is told of no part belongs to that in which it happens. */
export function spentOn(spans: readonly Span[]): MainThreadParts {
  const spent: Record<Part, number> = { ...eachPart(() => 0) }
  const open: { readonly endUs: number; readonly part: Part }[] = []
  const inOrder = spans.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0))
  for (const { name, ts, dur = 0, tdur = 0 } of inOrder) {
    while ((open.at(-1)?.endUs ?? Number.POSITIVE_INFINITY) <= ts) open.pop()
    const around = open.at(-1)?.part
    const part = partOf(name) ?? around ?? 'rest'
    spent[part] += tdur
    if (around !== undefined) spent[around] -= tdur
    open.push({ endUs: ts + dur, part })
  }
  return spent
}

/** By the names that Chromium 156 gives. */
function partOf(name: string): Part | undefined {
  if (/^V8\.GC|^BlinkGC|^CppGC/.test(name)) return 'garbage'
  if (/^v8\.|^V8\.|^FunctionCall|MicrotaskCheckpoint$/.test(name)) return 'script'
  if (/^UpdateLayoutTree|^Document::(updateStyle|recalcStyle|rebuildLayoutTree)/.test(name)) return 'style'
  if (/::performLayout$/.test(name)) return 'layout'
  if (
    /^Blink\.(PrePaint|Paint|Compositing)|^LocalFrameView::RunPaintLifecyclePhase|^PaintArtifactCompositor/.test(name)
  )
    return 'paint'
  if (/^HitTest|::computeIntersections$/.test(name)) return 'rest'
  return undefined
}
