/**
 * Draws a formula into an element; false where KaTeX cannot read it. What TeX can ask for is bounded: no links, no
 * classes, no endless macros.
 */
export type DrawMath = (tex: string, display: boolean, target: HTMLElement) => boolean

let loading: Promise<DrawMath> | undefined
let loaded: DrawMath | undefined
let frameEnd = 0

/** Fetches KaTeX and its style sheet, once. Rejects where they are out of reach; the next call tries again. */
export function loadKatex(): Promise<DrawMath> {
  loading ??= fetchKatex().catch(error => {
    loading = undefined
    throw error
  })
  return loading
}

/** Draws at once if KaTeX is there and this frame has not spent `budgetMs` on formulas yet; says whether it did. */
export function katexNow(tex: string, display: boolean, target: HTMLElement): boolean {
  if (loaded === undefined) return false
  const now = performance.now()
  if (now > frameEnd + frameMs) frameEnd = now + budgetMs
  if (now > frameEnd) return false
  return loaded(tex, display, target)
}

const bounds = { trust: false, strict: 'ignore', maxExpand: 500, maxSize: 50 } as const
const frameMs = 16
const budgetMs = 6

async function fetchKatex(): Promise<DrawMath> {
  const [{ default: katex }] = await Promise.all([import('katex'), import('katex/dist/katex.min.css')])
  loaded = (tex, displayMode, target) => {
    try {
      // Its own way of showing an error is a style attribute, which the page's policy forbids: an error is thrown instead.
      katex.render(tex, target, { ...bounds, displayMode, throwOnError: true })
      return true
    } catch {
      target.replaceChildren()
      return false
    }
  }
  return loaded
}
