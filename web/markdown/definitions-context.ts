import { createContext } from 'react'
import type { Definitions } from './tree.ts'

/** What the document's reference links lead to. Changes only when a definition is added. */
export const DefinitionsContext = createContext<Definitions>(new Map())
