import { type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument } from 'yaml'
import type { LocatedMistake, SettingPath } from './mistake.ts'
import { syntaxWords } from './syntax-words.ts'

/** What a YAML text says. */
export interface YamlReading {
  /** Maps, lists, texts, numbers and booleans; undefined where a key has no value, or the file nothing in it. */
  readonly value: unknown
  /** The line on which a setting begins, or where its nearest parent does. */
  lineOf(path: SettingPath): number
  readonly mistakes: readonly LocatedMistake[]
}

/** Hundreds of clusters fit in; the parser's time grows with the square of some texts' size. */
const mostCharacters = 128 * 1024
const deepest = 32
/** Aliases can write a file of any length in a few lines, so what they stand for counts each time. */
const mostValues = 50_000

/**
 * Reads a YAML 1.2 text with anchors, aliases and merge keys. A text that is not YAML gives only mistakes: what it would
 * have said is a guess. Never throws, and ends soon whatever the text is.
 */
export function readYaml(source: string): YamlReading {
  if (source.length > mostCharacters) return unreadable(undefined, 'must be at most 128 KiB')
  const lines = new LineCounter()
  const deepLine = findDeepNesting(source)
  if (deepLine !== undefined) return unreadable(deepLine, `is nested more than ${deepest} levels deep`)

  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false, // they quote the file, and with it perhaps a key
    logLevel: 'error', // 'silent' would let a second document pass
    stringKeys: true,
    uniqueKeys: false, // its check takes time by the square of the keys; `convert` has its own
  })
  const texts = source.split('\n')
  const faults = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) => {
    const { line } = lines.linePos(offset)
    return { line, path: [], message: syntaxWords(code, texts[line - 1] ?? '') }
  })
  if (faults.length > 0) return { value: undefined, lineOf: () => 1, mistakes: onePerLine(faults) }
  return convert(document, lines)
}

const unreadable = (line: number | undefined, message: string): YamlReading => ({
  value: undefined,
  lineOf: () => line ?? 1,
  mistakes: [{ line, path: [], message }],
})

/** The line where `[` and `{` go too deep: the parser's time explodes there, so it must not see it. */
function findDeepNesting(source: string): number | undefined {
  let depth = 0
  let line = 1
  for (const token of new Lexer().lex(source)) {
    if (token === '[' || token === '{') depth += 1
    if (token === ']' || token === '}') depth -= 1
    if (depth > deepest) return line
    line += token.split('\n').length - 1
  }
  return undefined
}

/** What follows from one slip is seldom worth reading. */
const onePerLine = (faults: readonly LocatedMistake[]) => [
  ...new Map(faults.toReversed().map(fault => [fault.line, fault])).values(),
]

function convert(document: Document.Parsed, lines: LineCounter): YamlReading {
  const mistakes: LocatedMistake[] = []
  const lineOfPath = new Map<string, number>()
  const anchors = new Map<string, unknown>()
  let values = 0

  const lineOfNode = (node: unknown) => {
    const offset = hasRange(node) ? node.range[0] : 0
    return lines.linePos(offset).line
  }

  function read(node: unknown, path: SettingPath): unknown {
    values += 1
    if (values > mostValues) return undefined
    if (path.length > deepest) {
      mistakes.push({ line: lineOfNode(node), path: [], message: `is nested more than ${deepest} levels deep` })
      return undefined
    }
    if (isAlias(node)) {
      if (anchors.has(node.source)) return read(anchors.get(node.source), path)
      mistakes.push({ line: lineOfNode(node), path, message: `names an anchor that is not set above: *${node.source}` })
      return undefined
    }
    const value = readPlain(node, path)
    // Set after the value was read, so that an anchor cannot hold itself.
    if (hasAnchor(node)) anchors.set(node.anchor, node)
    return value
  }

  function readPlain(node: unknown, path: SettingPath): unknown {
    if (isMap(node)) return Object.fromEntries(readMap(node.items, path))
    if (isSeq(node))
      return node.items.map((item, index) => {
        lineOfPath.set(keyOf([...path, index]), lineOfNode(item))
        return read(item, [...path, index])
      })
    return isScalar(node) ? (node.value ?? undefined) : undefined
  }

  function readMap(items: readonly { key: unknown; value: unknown }[], path: SettingPath): Map<string, unknown> {
    const merged = new Map<string, unknown>()
    const own = new Map<string, unknown>()
    for (const { key, value } of items) {
      const name = isScalar(key) ? String(key.value ?? '') : ''
      if (name === '<<') {
        for (const [inherited, inheritedValue] of readMerge(value, path))
          if (!merged.has(inherited)) merged.set(inherited, inheritedValue)
        continue
      }
      const line = lineOfNode(key)
      const here = [...path, name]
      if (own.has(name)) {
        const first = lineOfPath.get(keyOf(here))
        mistakes.push({ line, path: here, message: `is set twice, first on line ${first}` })
      } else {
        lineOfPath.set(keyOf(here), line)
      }
      own.set(name, read(value, here))
    }
    return new Map([...merged, ...own])
  }

  /** `<<: *a` or `<<: [*a, *b]`: of two that set the same key the earlier wins. */
  function readMerge(node: unknown, path: SettingPath): [string, unknown][] {
    const sources = isSeq(node) ? node.items : [node]
    return sources.flatMap(source => {
      const value = read(source, path)
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
      mistakes.push({ line: lineOfNode(source), path: [...path, '<<'], message: 'must be a map or a list of maps' })
      return []
    })
  }

  const value = read(document.contents, [])
  if (values > mostValues) return unreadable(undefined, `holds more than ${mostValues} values`)
  const lineOf = (path: SettingPath): number => {
    if (path.length === 0) return lineOfNode(document.contents)
    return lineOfPath.get(keyOf(path)) ?? lineOf(path.slice(0, -1))
  }
  return { value, lineOf, mistakes }
}

const keyOf = (path: SettingPath) => JSON.stringify(path)

const hasRange = (node: unknown): node is { range: [number, number, number] } =>
  typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)

const hasAnchor = (node: unknown): node is { anchor: string } =>
  typeof node === 'object' && node !== null && 'anchor' in node && typeof node.anchor === 'string'
