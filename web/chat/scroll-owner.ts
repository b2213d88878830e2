import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** How near to the end counts as there, in CSS pixels. */
const nearEndPx = 48

export interface ScrollOwner {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly content: RefObject<HTMLDivElement | null>
  /** The end is in sight, and new text keeps it there. */
  readonly atEnd: boolean
  /** Goes there, and follows from then on. */
  readonly jumpToEnd: () => void
}

/**
 * The only code that scrolls a chat. It follows the end while the reader is there; any movement up lets go, until the
 * reader is back at the end. `chat` names what is shown: another one is opened at its end.
 */
export function useScrollOwner(chat: string): ScrollOwner {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const following = useRef(true)
  const [atEnd, setAtEnd] = useState(true)

  const jumpToEnd = useCallback(() => {
    const element = scroller.current
    if (element === null) return
    following.current = true
    element.scrollTop = element.scrollHeight
    setAtEnd(true)
  }, [])

  // biome-ignore lint/correctness/useExhaustiveDependencies: another chat is what this waits for
  useLayoutEffect(jumpToEnd, [chat])

  useEffect(() => {
    const element = scroller.current
    const grown = content.current
    if (element === null || grown === null) return
    let lastTop = element.scrollTop

    const onScroll = () => {
      const distance = element.scrollHeight - element.scrollTop - element.clientHeight
      // Only a reader moves up: what we do, and text that grows, moves down.
      if (element.scrollTop < lastTop - 1 && distance > nearEndPx) following.current = false
      else if (distance <= nearEndPx) following.current = true
      lastTop = element.scrollTop
      setAtEnd(distance <= nearEndPx || following.current)
    }
    const onWheel = ({ deltaY }: WheelEvent) => {
      // Before the browser has scrolled, so that text which grows meanwhile does not pull back.
      if (deltaY < 0 && element.scrollHeight > element.clientHeight) following.current = false
    }
    const size = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight
      else onScroll()
    })
    size.observe(grown)
    size.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('wheel', onWheel, { passive: true })
    return () => {
      size.disconnect()
      element.removeEventListener('scroll', onScroll)
      element.removeEventListener('wheel', onWheel)
    }
  }, [])

  return { scroller, content, atEnd, jumpToEnd }
}
