import { Template } from '@huggingface/jinja'
import type { LlamaModel, Token } from 'node-llama-cpp'
import type { ChatMessage } from './completion-request.ts'
import { LoadFailure } from './load-model.ts'
import { RequestError } from './request-error.ts'

/** Turns messages into a prompt by the model's own chat template. */
export interface ChatPrompt {
  /**
   * The prompt's tokens. When the last message is the assistant's, the prompt ends inside it, so that the model goes on
   * with that text; otherwise it ends where an answer begins. Control tokens come from the template alone: in a
   * message their text is only text. Throws a `RequestError` when the template refuses the messages.
   */
  encode(messages: readonly ChatMessage[]): Token[]
  /**
   * A number of tokens that these messages have at the very least, told at once: tokenizing 1 MB takes half a second, in
   * which no other chat goes on.
   */
  leastTokens(messages: readonly ChatMessage[]): number
  /** Texts that end an answer besides the model's end marks. */
  readonly stops: readonly string[]
}

/** Throws `LoadFailure` when the template cannot be read. */
export function createChatPrompt(model: LlamaModel): ChatPrompt {
  const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens
  const source = model.fileInfo.metadata.tokenizer.chat_template ?? fallbackTemplate(vocabulary)
  const template = parseTemplate(source)
  const control = controlTexts(model, vocabulary, source)
  const longestToken = vocabulary.reduce((longest, text) => Math.max(longest, text.length), 1)
  const { bos, bosString, eosString, shouldPrependBosToken } = model.tokens

  function render(messages: readonly ChatMessage[]): string {
    const continued = messages.at(-1)?.role === 'assistant'
    const text = template.render({
      messages: messages.map(({ role, content }, index) => ({
        role,
        content: inert(content, control) + (continued && index === messages.length - 1 ? endMark : ''),
      })),
      add_generation_prompt: !continued,
      bos_token: bosString ?? '',
      eos_token: eosString ?? '',
    })
    if (!continued) return text
    const end = text.lastIndexOf(endMark)
    if (end < 0) throw new Error('the template drops the last message')
    return text.slice(0, end)
  }

  return {
    stops: source === plainTemplate ? plainStops : [],
    leastTokens: messages => Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / longestToken),
    encode(messages) {
      const tokens = renderAny(render, messages)
        .split(inertMark)
        .flatMap((piece, index) => model.tokenize(piece, true, index === 0 ? undefined : 'trimLeadingSpace'))
      return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens
    },
  }
}

/**
 * Two code points that Unicode keeps for use inside a program (noncharacters), so no message needs them. The first stands
 * inside every control text that a message holds: the prompt is cut there before it is tokenized. Marking, unlike
 * setting placeholders, lets templates trim or split the real content.
 */
const inertMark = '\ufdd0'
/** Stands where the text to be continued ends. */
const endMark = '\ufdd1'

function inert(content: string, control: RegExp): string {
  return content
    .replace(/[\ufdd0\ufdd1]/g, '\ufffd')
    .replace(control, text => text.slice(0, 1) + inertMark + text.slice(1))
}

/** Matches every text that the tokenizer would read as a control token, or that the template uses as one. */
function controlTexts(model: LlamaModel, vocabulary: readonly string[], template: string): RegExp {
  const texts = vocabulary.filter((text, index) => {
    if (text.length < 2) return false
    const token = index as Token
    const attributes = model.getTokenAttributes(token)
    if (attributes.control || attributes.unknown || model.isEogToken(token)) return true
    // Some files carry their chat marks as user-defined tokens, which the tokenizer finds in any text.
    return attributes.userDefined && /^[<[]/.test(text) && template.includes(text)
  })
  const longestFirst = texts.sort((a, b) => b.length - a.length).map(text => RegExp.escape(text))
  return new RegExp(longestFirst.join('|') || '(?!)', 'g')
}

/** Some templates refuse a system message or two messages of one role in a row; those get them folded together. */
function renderAny(render: (messages: readonly ChatMessage[]) => string, messages: readonly ChatMessage[]): string {
  try {
    return render(messages)
  } catch {
    try {
      return render(folded(messages))
    } catch (error) {
      const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
      throw new RequestError(400, `The model's chat template refuses these messages: ${reason}`, { param: 'messages' })
    }
  }
}

function folded(messages: readonly ChatMessage[]): ChatMessage[] {
  const result: ChatMessage[] = []
  for (const { role, content } of messages) {
    const spoken = role === 'assistant' ? role : 'user'
    const last = result.at(-1)
    if (last?.role === spoken) result[result.length - 1] = { role: spoken, content: `${last.content}\n\n${content}` }
    else result.push({ role: spoken, content })
  }
  return result
}

function parseTemplate(source: string): Template {
  try {
    return new Template(source)
  } catch (error) {
    throw new LoadFailure('its chat template cannot be read', { cause: error })
  }
}

const fallbackTemplate = (vocabulary: readonly string[]) =>
  vocabulary.includes('<|im_start|>') ? chatMlTemplate : plainTemplate

const chatMlTemplate =
  "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"

/** For models that were never taught to chat: they go on with the page, so the next heading ends the answer. */
const plainTemplate =
  "{% for m in messages %}{{ '### ' + m['role'] + '\n' + m['content'] + '\n\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '### assistant\n' }}{% endif %}"
const plainStops = ['\n### user', '\n### assistant', '\n### system']
