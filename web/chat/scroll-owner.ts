import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** How near to the end counts as there, in CSS pixels: fractions of a pixel are lost on the way. */
const nearEndPx = 4

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
      const { scrollTop } = element
      const distance = element.scrollHeight - scrollTop - element.clientHeight
      // Only a reader moves up: what we do moves down, and so does the browser when the text gets shorter at its end.
      if (scrollTop < lastTop && distance > nearEndPx) following.current = false
      else if (distance <= nearEndPx) following.current = true
      lastTop = scrollTop
      setAtEnd(following.current)
    }
    // Before the browser has scrolled, so that text which grows meanwhile does not pull back.
    const letGo = () => {
      if (element.scrollHeight > element.clientHeight) following.current = false
    }
    const onWheel = ({ deltaY }: WheelEvent) => deltaY < 0 && letGo()
    const onKeyDown = ({ key }: KeyboardEvent) => /^(ArrowUp|PageUp|Home)$/.test(key) && letGo()
    let finger = { x: 0, y: 0 }
    const onTouchStart = ({ touches }: TouchEvent) => {
      finger = placeOf(touches)
    }
    const onTouchMove = ({ touches }: TouchEvent) => {
      const { x, y } = placeOf(touches)
      // A finger that goes down moves the text up; one that goes sideways moves a table or code.
      if (y - finger.y > Math.abs(x - finger.x)) letGo()
    }
    const size = new ResizeObserver(() => {
      if (following.current) element.scrollTop = element.scrollHeight
      else onScroll()
    })
    size.observe(grown)
    size.observe(element)
    element.addEventListener('scroll', onScroll, { passive: true })
    element.addEventListener('wheel', onWheel, { passive: true })
    element.addEventListener('touchstart', onTouchStart, { passive: true })
    element.addEventListener('touchmove', onTouchMove, { passive: true })
    element.addEventListener('keydown', onKeyDown)
    return () => {
      size.disconnect()
      element.removeEventListener('scroll', onScroll)
      element.removeEventListener('wheel', onWheel)
      element.removeEventListener('touchstart', onTouchStart)
      element.removeEventListener('touchmove', onTouchMove)
      element.removeEventListener('keydown', onKeyDown)
    }
  }, [])

  return { scroller, content, atEnd, jumpToEnd }
}

const placeOf = ([first]: Iterable<Touch>) => ({ x: first?.clientX ?? 0, y: first?.clientY ?? 0 })
