/** Puts the caret behind the text, where whoever goes on writing wants it: a field that is new begins with it before. */
export const moveToEnd = (field: HTMLTextAreaElement): void =>
  field.setSelectionRange(field.value.length, field.value.length)
