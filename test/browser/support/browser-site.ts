import { randomUUID } from 'node:crypto'
import { Secret } from '../../../server/core/token/secret.js'
import { addAccount } from '../../../server/people/add-account.js'
import { Visitor } from '../../support/clients/visitor.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { freePort } from '../../support/run/ports.js'

/** Where a request comes from: its User-Agent and its address. */
export interface Client {
  readonly program: string
  readonly address: string
}

const SOME_BROWSER: Client = { program: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0.0.0', address: '192.0.2.1' }

/** How a site presents itself; the `site` of the configuration file. */
export interface Look {
  readonly name: string
  readonly helpLinks?: readonly { readonly text: string; readonly href: string }[]
}

export const EXAMPLE_LOOK: Look = {
  name: 'Example Science Platform',
  helpLinks: [{ text: 'Documentation', href: 'https://docs.example.org/' }],
}

/** For explanations: one that users may read, and one for which they lack the scope. */
const SERVICES = {
  tap: { at: '/api/tap', requires: 'scope=read:tap&service=tap' },
  admin: { at: '/admin', requires: 'scope=exec:admin' },
}

/** Postern as a browser sees it: its base URL is the address that the browser uses, as it is at a real site. */
export async function startBrowserSite(
  look: Look = EXAMPLE_LOOK,
  settings: Readonly<Record<string, unknown>> = {},
  host = '127.0.0.1',
): Promise<RunningPostern> {
  const port = await freePort()
  return startPostern({
    port,
    baseUrl: `http://${host}:${port}`,
    settings: { site: look, programs: { scope: 'read:image' }, services: SERVICES, ...settings },
  })
}

export type SessionCookie = Awaited<ReturnType<typeof sessionCookie>>

/** Signs a user in with the form; the session's cookie, as a browser context takes it. */
export async function sessionCookie(site: RunningPostern, username: string, client = SOME_BROWSER) {
  await site.account(username)
  const visitor = new Visitor(site)
  visitor.agent.set('User-Agent', client.program).set('X-Forwarded-For', client.address)
  const { headers } = await visitor.signIn(username)
  const [, value] = /\bpostern=([^;]+)/.exec(String(headers['set-cookie'])) ?? []
  if (value === undefined) throw new Error(`${username} could not sign in`)
  return { name: 'postern', value, url: site.context.settings.baseUrl.href, httpOnly: true, sameSite: 'Lax' as const }
}

/** Adds a user with a full name, which the user menu shows. */
export async function addPerson(site: RunningPostern, username: string, name: string): Promise<void> {
  const password = new Secret(PASSWORD)
  await addAccount(site.context, { username, name, password, groups: [{ name: 'users' }] })
}

/** A user name that no other test has. */
export function someone(): string {
  return `person-${randomUUID().slice(0, 8)}`
}

export function keyOf(token: string): string {
  return token.slice('gt-'.length).split('.')[0] ?? ''
}

/** Has tokens delegated from one, for a service and for a notebook. */
export async function delegateFrom(site: RunningPostern, token: string): Promise<void> {
  const headers = { ...ASKED, Authorization: `Bearer ${token}` }
  for (const query of ['delegate_to=tap&delegate_scope=read:tap', 'notebook=true']) {
    await fetch(`${site.url}/ingress/auth?${query}`, { headers })
  }
}

/** Uses a token at the site's check, as a service behind a proxy would see it; answers with the status. */
export async function useToken(site: RunningPostern, token: string, client?: Client): Promise<number> {
  const headers = {
    ...ASKED,
    Authorization: `Bearer ${token}`,
    ...(client && { 'User-Agent': client.program, 'X-Forwarded-For': client.address }),
  }
  const { status } = await fetch(`${site.url}/ingress/auth?scope=read:tap`, { headers })
  await site.context.usage.flush(site.context)
  return status
}
