import request, { type Agent, type Response } from 'supertest'
import { PASSWORD, type RunningPostern } from '../postern.js'

/** Somebody at a browser without script: keeps cookies, reads the hidden word of a form, sends forms. */
export class Visitor {
  readonly agent: Agent
  /** The hidden word of the last page that had a form. */
  csrf = ''

  constructor(postern: RunningPostern) {
    this.agent = request.agent(postern.server)
    this.agent.set('Host', postern.context.settings.baseUrl.host)
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return this.#read(await this.agent.get(path).set(headers))
  }

  /** Sends a form, with the hidden word unless the fields say otherwise. */
  async post(path: string, fields: Record<string, string | string[]> = {}): Promise<Response> {
    return this.#read(
      await this.agent
        .post(path)
        .type('form')
        .send({ csrf: this.csrf, ...fields }),
    )
  }

  async signIn(username: string, password = PASSWORD, rd = ''): Promise<Response> {
    await this.get(`/login?rd=${encodeURIComponent(rd)}`)
    return this.post('/login', { username, password, rd })
  }

  #read(response: Response): Response {
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(response.text ?? '') ?? []
    if (csrf !== undefined) this.csrf = csrf
    return response
  }
}

/** Somebody who has an account and is signed in, on the Security Tokens page. */
export async function signedIn(
  postern: RunningPostern,
  username: string,
  groups?: readonly string[],
): Promise<Visitor> {
  await postern.account(username, groups)
  const visitor = new Visitor(postern)
  const answers = [await visitor.signIn(username), await visitor.get('/auth/tokens')]
  const seen = answers.map(({ status, headers }) => [status, headers.location ?? ''].join(' ')).join(', then ')
  // Without a session, a refusal that a test expects would come for another reason, or a redirect in its place.
  if (answers[1]?.status !== 200) throw new Error(`${username} could not sign in: ${seen}`)
  return visitor
}
