import { english } from './english.ts'

export type TextKey = keyof typeof english
type Values = Readonly<Record<string, string | number>>

/**
 * A text of the page by its key: every word that people read comes from the catalogue. `{name}` stands for a value. A
 * text with a form for one (`key.one`) takes it when `count` is 1.
 */
export function t(key: TextKey, values: Values = {}): string {
  const one = `${String(key)}.one`
  const text: string = values.count === 1 && one in english ? english[one as TextKey] : english[key]
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole))
}
