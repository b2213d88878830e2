import { markdownTexts } from './texts.ts'

/** The text of a key, with the values in their places. */
export function label(key: keyof typeof markdownTexts, values: Readonly<Record<string, string>> = {}): string {
  return markdownTexts[key].replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
}
