/** What a file in a language is called after its dot. */
export function fileExtension(language: string): string {
  const known = extensions.get(language)
  if (known !== undefined) return known
  // Most names of four letters and fewer are the extension itself: `go`, `css`, `toml`.
  return /^[a-z0-9]{1,4}$/.test(language) ? language : 'txt'
}

const extensions: ReadonlyMap<string, string> = new Map([
  ['bash', 'sh'],
  ['shell', 'sh'],
  ['zsh', 'sh'],
  ['console', 'txt'],
  ['text', 'txt'],
  ['c++', 'cpp'],
  ['c#', 'cs'],
  ['csharp', 'cs'],
  ['golang', 'go'],
  ['javascript', 'js'],
  ['typescript', 'ts'],
  ['kotlin', 'kt'],
  ['markdown', 'md'],
  ['powershell', 'ps1'],
  ['python', 'py'],
  ['ruby', 'rb'],
  ['rust', 'rs'],
  ['swift', 'swift'],
  ['latex', 'tex'],
])
