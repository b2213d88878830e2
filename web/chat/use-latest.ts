import { useCallback, useLayoutEffect, useRef } from 'react'

/** A function that stays the same object and does what the latest one given would do. Not to be called while rendering. */
export function useLatest<Arguments extends unknown[]>(
  work: (...given: Arguments) => void,
): (...given: Arguments) => void {
  const latest = useRef(work)
  useLayoutEffect(() => {
    latest.current = work
  })
  return useCallback((...given) => latest.current(...given), [])
}
