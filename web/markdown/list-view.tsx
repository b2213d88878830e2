import { t } from '../text/catalogue.ts'
import { Blocks } from './block-view.tsx'
import { sequenceView } from './sequence-view.tsx'
import type { Item, List } from './tree.ts'

export function ListView({ list }: { readonly list: List }) {
  const { start, loose, items } = list
  // Whether a list is loose shows only once it is: a class changes then, and no item is rendered again.
  const className = loose ? 'loose' : undefined
  if (start === undefined)
    return (
      <ul className={className} dir="auto">
        <Items sequence={items} />
      </ul>
    )
  return (
    <ol className={className} dir="auto" start={start}>
      <Items sequence={items} />
    </ol>
  )
}

const Items = sequenceView(ItemView)

function ItemView({ value: { task, children } }: { readonly value: Item }) {
  if (task === undefined)
    return (
      <li>
        <Blocks blocks={children} />
      </li>
    )
  return (
    <li className="task">
      <input type="checkbox" checked={task} disabled readOnly aria-label={t(task ? 'task.done' : 'task.open')} />
      <Blocks blocks={children} />
    </li>
  )
}
