import { startTransition, useEffect, useState } from 'react'
import { whenIdle } from './idle-queue.ts'
import { isKnownLanguage } from './language-names.ts'
import { styleCode } from './style-code.ts'
import type { StyledLine } from './syntax-roles.ts'
import type { CodeFence } from './tree.ts'

/**
 * The code's chunks, styled, as they become known: nothing at first, and nothing for code that is still being written,
 * that is in a language we do not know, or that is long.
 */
export function useSyntax({ language, lines, closed }: CodeFence): readonly (readonly StyledLine[])[] {
  const [styled, setStyled] = useState<readonly (readonly StyledLine[])[]>([])
  useEffect(() => {
    if (!closed || !isKnownLanguage(language)) return
    const length = lines.chunks.reduce((sum, chunk) => chunk.reduce((inner, line) => inner + line.length, sum), 0)
    if (length > longestCode) return
    let stop = () => {}
    const cancel = whenIdle(() => {
      stop = styleCode(language, lines.chunks, chunk => startTransition(() => setStyled(before => [...before, chunk])))
    })
    return () => {
      cancel()
      stop()
      setStyled([])
    }
  }, [language, lines, closed])
  return styled
}

/** In characters. */
const longestCode = 200_000
