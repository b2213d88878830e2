import { createContext, memo, use } from 'react'
import { t } from '../text/catalogue.ts'
import { Blocks } from './block-view.tsx'
import { chunkSize } from './sequence.ts'
import { chunkView } from './sequence-view.tsx'
import type { Item, List } from './tree.ts'

/**
 * A list. A long one lies in several elements, one for each chunk of its items, so that the browser passes over what is
 * finished in a few steps; each goes on with the numbers of the one before, and to whoever listens they are one list.
 */
export function ListView({ list: { start, loose, items } }: { readonly list: List }) {
  const long = items.chunks.length > 1
  return (
    // Whether a list is loose or long shows only once it is: what changes then are attributes, and nothing moves.
    <div className={`list${loose ? ' loose' : ''}${long ? ' long' : ''}`} role={long ? 'list' : undefined} dir="auto">
      <LongContext value={long}>
        {items.chunks.map((part, index) => (
          <Part
            // biome-ignore lint/suspicious/noArrayIndexKey: chunks never move
            key={index}
            items={part}
            start={start === undefined ? undefined : start + index * chunkSize}
          />
        ))}
      </LongContext>
    </div>
  )
}

/** Of the list that an item is in. */
const LongContext = createContext(false)

interface PartProps {
  readonly items: readonly Item[]
  /** The number of the first of them, or nothing in a list of bullets. */
  readonly start: number | undefined
}

const Part = memo(function Part({ items, start }: PartProps) {
  const role = use(LongContext) ? 'presentation' : undefined
  if (start === undefined)
    return (
      <ul role={role}>
        <Items values={items} />
      </ul>
    )
  return (
    <ol role={role} start={start}>
      <Items values={items} />
    </ol>
  )
})

const Items = chunkView(ItemView)

function ItemView({ value: { task, children } }: { readonly value: Item }) {
  // An item says so itself where its parent keeps silent.
  const role = use(LongContext) ? 'listitem' : undefined
  if (task === undefined)
    return (
      <li role={role}>
        <Blocks blocks={children} />
      </li>
    )
  return (
    <li role={role} className="task">
      <input type="checkbox" checked={task} disabled readOnly aria-label={t(task ? 'task.done' : 'task.open')} />
      <Blocks blocks={children} />
    </li>
  )
}
