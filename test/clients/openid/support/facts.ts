import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Refusal } from '../../../../server/core/access/refusal.js'
import { changeClient, createClient, rotateSecret } from '../../../../server/openid/clients.js'
import { findClient } from '../../../../server/storage/postgres/openid/clients.js'
import { eventually } from '../../../support/eventually.js'
import { Browser } from './browser.js'
import { ENDED, refusalsOf, saidOf, VALID } from './ended.js'
import type { TwoProcesses } from './site.js'
import { freeOrigin, type Registered, type SignedIn, type WebClient, type WebClientKind } from './web-client.js'

const ROOT = { username: 'root' }
/** Often enough for clients that ask Postern no more than once a second. */
const RARELY = { everyMs: 200 }
const INVALID_GRANT = ['invalid_grant', 'invalid_grant']

/** Holds what is true of each client with pages: the facts of a suite, for one client. */
export function webClientFacts(siteOf: () => TwoProcesses, kind: WebClientKind): void {
  let site: TwoProcesses
  let registered: Registered
  let client: WebClient
  let redirectUri: string

  beforeAll(async () => {
    site = siteOf()
    const origin = await freeOrigin()
    redirectUri = `${origin}${kind.redirectPath}`
    const made = await createClient(
      site.here.context,
      {
        description: 'A part',
        redirectUris: [redirectUri],
        postLogoutUris: [`${origin}${kind.leftPath}`],
        isPublic: false,
        isOwnSite: true,
        requiredGroups: [],
      },
      ROOT,
    )
    if (made instanceof Refusal) throw new Error(made.message)
    registered = { origin, issuer: site.url, id: made.client.id, secret: made.secret?.reveal() ?? '' }
    client = await kind.start(registered)
  })
  afterAll(() => client?.stop())

  /** A browser in which a user has a session at Postern. */
  async function browserOf(username: string, groups = ['users']) {
    const { here } = site
    await here.account(username, groups)
    const session = await here.session(username)
    const browser = new Browser()
    browser.setCookie(site.url, here.context.settings.cookies.session, session)
    return { browser, session }
  }

  async function lookOf(browser: Browser): Promise<SignedIn> {
    const seen = await client.look(browser)
    if (!seen) throw new Error('The client has not signed the user in')
    return seen
  }

  async function signedIn(username: string, groups?: string[]) {
    const { browser, session } = await browserOf(username, groups)
    const { url, status, way } = await browser.go(client.entrance)
    expect([url.origin, status]).toEqual([client.origin, 200])
    return { browser, session, way, seen: await lookOf(browser) }
  }

  it('signs users in with PKCE, by both processes, and learns their groups', async () => {
    const { way, seen } = await signedIn('ada', ['users', 'ops'])
    const asked = way.find(({ pathname }) => pathname === '/auth/openid/login')
    expect(asked?.searchParams.get('code_challenge_method')).toBe('S256')
    expect(seen.username).toBe('ada')
    expect(seen.groups).toEqual(expect.arrayContaining(['ops', 'users']))
    expect(seen.isAdmin ?? true).toBe(true)
    expect(await saidOf(site, registered, seen)).toEqual(VALID)
  })

  it('gets new tokens', async () => {
    const { browser, seen } = await signedIn('grace')
    await client.refresh(browser, site)
    const again = await eventually(async () => {
      const now = await lookOf(browser)
      return now.accessToken === seen.accessToken ? false : now
    }, RARELY)
    expect(again.username).toBe('grace')
    expect(await saidOf(site, registered, again)).toEqual(VALID)
  })

  it('leads to Postern when a user signs out there, and all of it ends in both processes', async () => {
    const { browser } = await signedIn('ida')
    const seen = await lookOf(browser)
    const page = await browser.go(client.exit)
    expect([page.url.origin, page.url.pathname]).toEqual([site.url, '/auth/openid/logout'])
    const { status, headers } = await browser.send(page, '/logout', {})
    expect(status).toBe(303)
    expect(headers.location).toMatch(new RegExp(`^${client.origin}${kind.leftPath}`))
    await eventually(async () => expect(await saidOf(site, registered, seen)).toEqual(ENDED))
    expect(await client.look(browser)).toBeUndefined()
  })

  it('learns at its next refresh that the session at Postern has ended, and nothing of it is left', async () => {
    const { browser, session } = await signedIn('mary')
    const seen = await lookOf(browser)
    await site.there.revoke(session)
    await eventually(async () => expect(await saidOf(site, registered, seen)).toEqual(ENDED))
    if (seen.refreshToken !== undefined) expect(await refusalsOf(site, registered, seen)).toEqual(INVALID_GRANT)
    await eventually(async () => expect(await client.look(browser)).toBeUndefined(), RARELY)
    const { url } = await browser.go(client.entrance)
    expect([url.origin, url.pathname]).toEqual([site.url, '/login'])
  })

  it('shows that a code is refused which was shown before, and what it gave is taken back', async () => {
    const { browser } = await browserOf('nell')
    const sent = await browser.go(client.entrance, redirectUri)
    const thief = browser.copy()
    await browser.go(sent.url)
    const seen = await lookOf(browser)
    expect(kind.isFailure(await thief.go(sent.url))).toBe(true)
    expect(await client.look(thief)).toBeUndefined()
    await eventually(async () => expect(await saidOf(site, registered, seen)).toEqual(ENDED))
  })

  it('gets nothing at an address that is not registered', async () => {
    const { here } = site
    const known = await findClient(here.context.postgres.prisma, registered.id)
    if (!known) throw new Error('The client is gone')
    await changeClient(here.context, known.id, { ...known, redirectUris: ['https://other.example.org/'] }, ROOT)
    const { browser } = await browserOf('olga')
    const { url, status, way } = await browser.go(client.entrance)
    await changeClient(here.context, known.id, known, ROOT)
    expect([url.origin, url.pathname, status]).toEqual([site.url, '/auth/openid/login', 403])
    expect(way.some(({ href }) => href.startsWith(redirectUri))).toBe(false)
    expect(await client.look(browser)).toBeUndefined()
  })

  // The last, because its secret is another one afterwards.
  it('signs users in until a replaced secret ends, and then shows that it cannot', async () => {
    const { context } = site.here
    await rotateSecret(context, registered.id, 3600, ROOT)
    await signedIn('pia')
    await rotateSecret(context, registered.id, 0, ROOT)
    const { browser } = await browserOf('rosa')
    expect(kind.isFailure(await browser.go(client.entrance))).toBe(true)
    expect(await client.look(browser)).toBeUndefined()
    const made = await context.postgres.pool.query(
      `SELECT 1 FROM token_change WHERE service = $1 AND username = 'rosa'`,
      [registered.id],
    )
    expect(made.rowCount).toBe(0)
  })
}
