import { createHighlighterCore, type GrammarState, type HighlighterCore, type ThemeRegistration } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { type GrammarName, grammarName } from './language-names.ts'
import { loadGrammar } from './load-grammar.ts'
import type { StyledLine, SyntaxReply, SyntaxRequest, SyntaxRole } from './syntax-roles.ts'

// Runs in a worker: a grammar's first line can take longer than a frame, and here nobody waits for it.

/** The theme says what a piece is, not its colour: each role is a colour that is only a number. */
const roles: readonly { readonly role: SyntaxRole; readonly sign: string; readonly scope: string[] }[] = [
  { role: 'comment', sign: '#000001', scope: ['comment', 'punctuation.definition.comment', 'meta.diff.header'] },
  {
    role: 'string',
    sign: '#000002',
    scope: ['string', 'markup.inserted', 'markup.inline.raw', 'punctuation.definition.string'],
  },
  { role: 'number', sign: '#000003', scope: ['constant.numeric'] },
  {
    role: 'keyword',
    sign: '#000004',
    scope: [
      'keyword',
      'storage',
      'variable.language',
      'entity.name.tag',
      'markup.heading',
      'markup.deleted',
      'keyword.operator.new',
    ],
  },
  {
    role: 'function',
    sign: '#000005',
    scope: ['entity.name.function', 'support.function', 'meta.function-call.generic'],
  },
  {
    role: 'constant',
    sign: '#000006',
    scope: [
      'constant',
      'support.constant',
      'variable.other.constant',
      'entity.other.attribute-name',
      'support.type.property-name',
    ],
  },
  { role: 'type', sign: '#000007', scope: ['entity.name.type', 'entity.name.class', 'support.type', 'support.class'] },
]
const plainSign = '#000000'
const theme: ThemeRegistration = {
  name: 'roles',
  type: 'light',
  fg: plainSign,
  bg: '#ffffff',
  settings: [
    { settings: { foreground: plainSign } },
    // Signs between words would be too many colours.
    { scope: ['keyword.operator', 'punctuation'], settings: { foreground: plainSign } },
    ...roles.map(({ sign, scope }) => ({ scope, settings: { foreground: sign } })),
  ],
}
const bySign = new Map(roles.map(({ role, sign }) => [sign, role]))

/** In characters; longer lines stay plain. */
const longestLine = 2000

let highlighter: Promise<HighlighterCore> | undefined
const loaded = new Map<GrammarName, Promise<void>>()

self.addEventListener('message', (event: MessageEvent<SyntaxRequest>) => {
  // Code that cannot be styled stays plain, which needs no word.
  style(event.data).catch(() => {})
})

async function style({ id, language, chunks }: SyntaxRequest) {
  const lang = grammarName(language)
  if (lang === undefined) return
  highlighter ??= createHighlighterCore({ engine: createJavaScriptRegexEngine({ forgiving: true }), themes: [theme] })
  const core = await highlighter
  const grammar = loaded.get(lang) ?? loadGrammar(lang).then(registration => core.loadLanguage(registration))
  loaded.set(lang, grammar)
  await grammar
  let grammarState: GrammarState | undefined
  for (const [chunk, written] of chunks.entries()) {
    const result = core.codeToTokens(written.join('\n'), {
      lang,
      theme: 'roles',
      tokenizeMaxLineLength: longestLine,
      ...(grammarState === undefined ? {} : { grammarState }),
    })
    grammarState = result.grammarState
    const lines = result.tokens.map((line): StyledLine => {
      return line.map(({ content, color }) => ({ text: content, role: bySign.get(color?.toLowerCase() ?? '') }))
    })
    self.postMessage({ id, chunk, lines } satisfies SyntaxReply)
  }
}
