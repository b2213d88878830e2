/** An answer's text, as it came. */
export function Markdown({ text }: { readonly text: string; readonly streaming: boolean }) {
  return <div className="leading-relaxed whitespace-pre-wrap">{text}</div>
}
