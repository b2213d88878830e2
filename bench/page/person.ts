import { adminKey } from '../parley-server.ts'

/** Somebody with an account and a session. */
export interface Person {
  /** His session, as browsers keep it. */
  readonly cookie: { readonly name: string; readonly value: string }
  /** Makes a conversation with this title; resolves with its id. */
  startConversation(title: string): Promise<string>
}

/** Makes a person's account, and signs him in with the link that he is given. */
export async function invitePerson(serverUrl: string): Promise<Person> {
  const post = async (path: string, body: object, headers: Readonly<Record<string, string>>) => {
    const response = await fetch(`${serverUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: serverUrl, ...headers },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    return response
  }

  const newUser = { name: 'Ada Lovelace', email: 'ada@example.com' }
  const invited = await post('/admin/users', newUser, { authorization: `Bearer ${adminKey}` })
  const { link } = (await invited.json()) as { readonly link: { readonly url: string } }
  const token = new URL(link.url).hash.slice(1)
  const entered = await post('/password', { token, password: 'correct horse battery staple' }, {})
  const [cookie = ''] = entered.headers.get('set-cookie')?.split(';') ?? []
  const equals = cookie.indexOf('=')
  return {
    cookie: { name: cookie.slice(0, equals), value: cookie.slice(equals + 1) },
    async startConversation(title) {
      const made = await post('/conversations', { title }, { cookie })
      const { id } = (await made.json()) as { readonly id: string }
      return id
    },
  }
}
