import type { YAMLError } from 'yaml'

/**
 * A mistake of YAML's own in plain words. The parser's sentences are not shown: some quote the file, and with it
 * perhaps a key.
 */
export function syntaxWords(code: YAMLError['code'], line: string): string {
  const hint = /\$\{/.test(line) && /(?<!\$)[{[]/.test(line) ? placeholderHint : ''
  return `is not YAML here: ${words[code]}${hint}`
}

const placeholderHint = ` ("\${...}" stands in quotes inside { } and [ ])`

const words: Readonly<Record<YAMLError['code'], string>> = {
  ALIAS_PROPS: 'an alias takes no anchor or tag',
  BAD_ALIAS: 'an alias needs a name',
  BAD_COLLECTION_TYPE: 'a tag does not fit its value',
  BAD_DIRECTIVE: 'an unknown directive',
  BAD_DQ_ESCAPE: 'an unknown escape in a double-quoted text',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BAD_PROP_ORDER: 'an anchor or tag stands in the wrong place',
  BAD_SCALAR_START: 'a text begins with a character that needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second "key: value" on one line, or a text with ": " in it that needs quotes',
  BLOCK_IN_FLOW: 'an indented block inside { } or [ ]',
  DUPLICATE_KEY: 'a key is set twice',
  IMPOSSIBLE: 'it cannot be understood',
  KEY_OVER_1024_CHARS: 'a key is longer than 1,024 characters',
  MISSING_CHAR: 'a quote, bracket, colon, comma or space is missing',
  MULTILINE_IMPLICIT_KEY: 'a key goes over several lines, or a ":" is missing',
  MULTIPLE_ANCHORS: 'a value has two anchors',
  MULTIPLE_DOCS: 'a second document begins; only one is read',
  MULTIPLE_TAGS: 'a value has two tags',
  NON_STRING_KEY: 'a key must be text',
  RESOURCE_EXHAUSTION: 'it is nested too deeply',
  TAB_AS_INDENT: 'a tab in the indentation; use spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag (a text that begins with "!" needs quotes)',
  UNEXPECTED_TOKEN: 'something follows that does not belong there; a text may need quotes',
}
