import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { t } from '../text/catalogue.ts'
import { CopyButton } from './copy-button.tsx'
import { whenIdle } from './idle-queue.ts'
import { katexNow, loadKatex } from './load-katex.ts'

export interface MathProps {
  readonly tex: string
  readonly display: boolean
  /** False while it is being written: its TeX is shown as it is, quietly. */
  readonly closed: boolean
}

/** A formula. KaTeX is fetched with the first one; until it is there, and for what it cannot read, the TeX is shown. */
export function MathView({ tex, display, closed }: MathProps) {
  const target = useRef<HTMLSpanElement>(null)
  const [shown, setShown] = useState<string>()
  const drawn = closed && shown === tex

  // Before the first paint if KaTeX is there and the frame has time left; React keeps its hands off the target's children.
  useLayoutEffect(() => {
    if (closed && shown !== tex && target.current !== null && katexNow(tex, display, target.current)) setShown(tex)
  }, [tex, display, closed, shown])

  useEffect(() => {
    if (!closed || drawn) return
    let cancel = () => {}
    let gone = false
    loadKatex().then(
      draw => {
        if (gone) return
        cancel = whenIdle(() => {
          if (target.current === null) return
          if (draw(tex, display, target.current)) setShown(tex)
        })
      },
      // Out of reach: the TeX stays, and the next formula tries again.
      () => {},
    )
    return () => {
      gone = true
      cancel()
    }
  }, [tex, display, closed, drawn])

  return (
    <span className={display ? 'math math-display' : 'math'} data-tex={tex} data-display={display} dir="ltr">
      <span ref={target} hidden={!drawn} className="math-drawn" />
      {!drawn && <code className="math-source">{tex}</code>}
      {display && drawn && <CopyButton className="math-copy" text={tex} label={t('math.copy')} />}
    </span>
  )
}
