import { bearer, checkOf, type Question, type Reply } from '../../support/clients/caller.js'
import { PASSWORD } from '../../support/postern.js'
import type { Clients } from './clients.js'
import type { Known, SoakSite } from './site.js'

/** One kind of work: how often in a second, before the load is scaled, and the work itself, which throws for a wrong answer. */
export interface Work {
  readonly name: string
  readonly perSecond: number
  /** Whether it keeps its pace whatever the load is. */
  readonly isFixed?: boolean
  readonly run: () => Promise<void>
}

/** An answer 503, which is never right and never lets a revoked token pass. */
export class Unavailable extends Error {}

const TAP = 'scope=read:tap'
const DELEGATE = `${TAP}&delegate_to=portal&delegate_scope=read:tap`
/** Connections on which a revoked token is tried at once. */
const TRIES = 4

/** Makes the mix of a site's day. */
export function mixOf(site: SoakSite, clients: Clients, revoked: string[]): Work[] {
  const next = {
    token: inTurn(site.tokens),
    session: inTurn(site.sessions),
    rare: inTurn(site.rare),
    person: inTurn(site.people),
  }
  const ask = (question: Question) => clients.ask(question)
  const admitted = async (what: string, query: string, { text, owner }: Known) => {
    const reply = await ask(checkOf(query, bearer(text)))
    expectStatus(reply, 200, what)
    const user = reply.header('X-Auth-Request-User')
    if (user !== owner) throw new Error(`${what}: the check of ${owner} was answered for ${user}`)
    return reply
  }
  const page = async (path: string, { text, owner }: Known) => {
    const reply = await ask({ path, headers: { Cookie: `postern=${text}` } })
    expectStatus(reply, 200, path)
    if (!reply.text().includes(owner)) throw new Error(`${path}: the page of ${owner} does not name them`)
  }
  const refused = async (what: string, status: number, question: Question) =>
    expectStatus(await ask(question), status, what)
  const administrator: Known = { text: site.administrator, owner: 'root' }
  let number = 0

  /** A token is made, used with one that is delegated from it, and revoked: all three are refused at once. */
  async function makeAndRevoke(): Promise<void> {
    const { text: creator, owner } = next.token()
    const path = `/auth/api/v1/users/${owner}/tokens`
    const body = { token_name: `soak ${++number}`, scopes: ['read:tap'] }
    const made = await ask({ method: 'POST', path, headers: bearer(creator), body })
    expectStatus(made, 201, 'creating a token')
    const { token } = made.json() as { token: string }
    await Promise.all(Array.from({ length: TRIES }, () => admitted('a new token', TAP, { text: token, owner })))
    const delegated = delegatedOf(await admitted('a new parent', DELEGATE, { text: token, owner }))
    await admitted('a new delegated token', TAP, { text: delegated, owner })
    const key = token.slice('gt-'.length).split('.')[0]
    expectStatus(await ask({ method: 'DELETE', path: `${path}/${key}`, headers: bearer(creator) }), 204, 'revoking')
    revoked.push(token)
    const tries = Array.from({ length: TRIES }, () => refused('REVOKED', 401, checkOf(TAP, bearer(token))))
    const below = refused('REVOKED, delegated', 401, checkOf(TAP, bearer(delegated)))
    await Promise.all([...tries, below])
  }

  /** A user signs in with the form, looks at a page and signs out: the session is refused at once. */
  async function signInAndOut(): Promise<void> {
    const username = next.person()
    const form = await ask({ path: '/login' })
    expectStatus(form, 200, 'the sign-in form')
    const cookies = cookiesOf(form)
    const fields = { csrf: csrfOf(form), username, password: PASSWORD, rd: '' }
    const post = (path: string, given: Record<string, string>, cookie: string) =>
      ask({ method: 'POST', path, headers: { Cookie: cookie }, body: new URLSearchParams(given).toString() })
    const signedIn = await post('/login', fields, cookies)
    expectStatus(signedIn, 303, 'signing in')
    const session = /postern=(gt-[^;]+)/.exec(cookiesOf(signedIn))?.[1] ?? ''
    const cookie = `postern=${session}`
    await refused('a new session', 200, checkOf(TAP, { Cookie: cookie }))
    const question = await ask({ path: '/logout', headers: { Cookie: cookie } })
    expectStatus(question, 200, 'the question before signing out')
    expectStatus(await post('/logout', { csrf: csrfOf(question), rd: '' }, cookie), 303, 'signing out')
    await refused('REVOKED, a session', 401, checkOf(TAP, { Cookie: cookie }))
  }

  // biome-ignore format: a table
  return [
    { name: 'check, cached',                perSecond: 100, run: () => admitted('a check', TAP, next.token()).then(done) },
    { name: 'check of a session, cached',   perSecond: 20,  run: () => refused('a session', 200, checkOf(TAP, { Cookie: `postern=${next.session().text}` })) },
    { name: 'check, first',                 perSecond: 20,  run: () => admitted('a first check', TAP, next.rare()).then(done) },
    { name: 'delegated token, cached',      perSecond: 20,  run: async () => void delegatedOf(await admitted('a delegation', DELEGATE, next.token())) },
    { name: 'delegated token, first',       perSecond: 4,   run: async () => void delegatedOf(await admitted('a first delegation', DELEGATE, next.rare())) },
    { name: 'refused: no credential',       perSecond: 10,  run: () => refused('no credential', 401, checkOf(TAP, {})) },
    { name: 'refused: wrong secret',        perSecond: 5,   run: () => refused('a wrong secret', 401, checkOf(TAP, bearer(withWrongSecret(next.token().text)))) },
    { name: 'refused: missing scope',       perSecond: 5,   run: () => refused('a missing scope', 403, checkOf('scope=exec:portal', bearer(next.token().text))) },
    { name: 'sign-in page',                 perSecond: 1,   run: () => refused('the sign-in page', 200, { path: '/login' }) },
    { name: 'token list page',              perSecond: 1,   run: () => page('/auth/tokens', next.session()) },
    { name: 'account page',                 perSecond: 0.5, run: () => page('/auth/account', next.session()) },
    { name: 'history page',                 perSecond: 0.5, run: () => page('/auth/history', next.session()) },
    { name: 'form of a new token',          perSecond: 0.5, run: () => page('/auth/tokens/new', next.session()) },
    { name: 'administrator’s history page', perSecond: 0.1, run: () => page('/auth/admin/history', administrator) },
    { name: 'API: token-info',              perSecond: 2,   run: () => tokenInfo(ask, next.rare()) },
    { name: 'API: list of tokens',          perSecond: 0.5, run: () => tokenList(ask, next.token()) },
    { name: 'health',                       perSecond: 0.2, run: () => refused('health', 200, { path: '/health' }) },
    { name: 'sign-in and sign-out',         perSecond: 0.2, run: signInAndOut },
    { name: 'creation and revocation',      perSecond: 1, isFixed: true, run: makeAndRevoke },
  ]
}

type Ask = (question: Question) => Promise<Reply>

const done = () => undefined

async function tokenInfo(ask: Ask, { text, owner }: Known): Promise<void> {
  const reply = await ask({ path: '/auth/api/v1/token-info', headers: bearer(text) })
  expectStatus(reply, 200, 'token-info')
  const { username } = reply.json() as { username?: string }
  if (username !== owner) throw new Error(`token-info of ${owner} was answered for ${username}`)
}

async function tokenList(ask: Ask, { text, owner }: Known): Promise<void> {
  const reply = await ask({ path: `/auth/api/v1/users/${owner}/tokens`, headers: bearer(text) })
  expectStatus(reply, 200, 'a list of tokens')
  const list = reply.json() as readonly { username: string }[]
  if (list.length === 0 || list.some(({ username }) => username !== owner))
    throw new Error(`The list of ${owner} is wrong`)
}

function expectStatus(reply: Reply, status: number, what: string): void {
  if (reply.status === status) return
  const message = `${what}: ${reply.status} for ${status}: ${reply.text().slice(0, 200)}`
  throw reply.status === 503 ? new Unavailable(message) : new Error(message)
}

function delegatedOf(reply: Reply): string {
  const text = reply.header('X-Auth-Request-Token')
  if (text === undefined) throw new Error('No token was delegated')
  return text
}

function csrfOf(reply: Reply): string {
  return /name="csrf" value="([^"]+)"/.exec(reply.text())?.[1] ?? ''
}

function cookiesOf(reply: Reply): string {
  return reply
    .headers('set-cookie')
    .map((line) => line.split(';')[0])
    .join('; ')
}

function inTurn<T>(all: readonly T[]): () => T {
  let at = 0
  return () => {
    const one = all[at++ % all.length]
    if (one === undefined) throw new Error('There is none')
    return one
  }
}

function withWrongSecret(token: string): string {
  return token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))
}
