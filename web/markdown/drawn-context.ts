import { createContext } from 'react'

/** Whether an answer is written before its reader's eyes, or was, and stands in pieces that the browser can pass over. */
export const DrawnContext = createContext(false)
