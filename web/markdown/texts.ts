export const markdownTexts = {} as const
