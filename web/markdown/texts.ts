/** What the markdown's own controls say, in English. `{…}` is replaced. */
export const markdownTexts = {
  'code.copy': 'Copy',
  'code.copied': 'Copied',
  'code.wrap': 'Wrap lines',
  'code.download': 'Download',
  'code.plain': 'text',
  'code.region': 'Code, {language}',
  'table.region': 'Table',
  'task.done': 'Done',
  'task.open': 'Not done',
  'math.copy': 'Copy TeX',
  'image.from': 'Image from {host}',
  'image.load': 'Load',
  'image.failed': 'The image could not be loaded',
} as const
