/** Draws what has changed, when the screen can show it. */
export interface Screen {
  /** Draws soon, once for all calls until then. */
  drawSoon(): void
}

/** For each millisecond that drawing took the page rests so many before it draws again: typing and scrolling come first. */
const restsPerDraw = 4
const longestRestMs = 250
/** From one draw to the next at least: every other frame of a usual screen. Nobody reads what stands there for less. */
const shortestMs = 25
/** A hidden tab draws no frames; its readers may wait, but must not wait forever. */
const hiddenMs = 250

/**
 * At most thirty times a second, and less often the more a frame costs: words that come meanwhile are drawn together. So
 * the page takes a fifth of a core at most.
 */
export function createScreen(draw: () => void): Screen {
  let scheduled = false
  let restUntil = 0

  function drawNow(): void {
    scheduled = false
    const begun = performance.now()
    draw()
    // The next task comes when the frame is laid out and painted.
    setTimeout(() => {
      const tookMs = performance.now() - begun
      restUntil = begun + Math.max(shortestMs, tookMs + Math.min(longestRestMs, tookMs * restsPerDraw))
    })
  }

  const onFrame = () => requestAnimationFrame(drawNow)

  return {
    drawSoon() {
      if (scheduled) return
      scheduled = true
      if (document.visibilityState !== 'visible') {
        setTimeout(drawNow, hiddenMs)
        return
      }
      const restMs = restUntil - performance.now()
      if (restMs > 1) setTimeout(onFrame, restMs)
      else onFrame()
    },
  }
}
