import { afterAll, beforeAll } from '@jest/globals'
import type { Page } from 'playwright-core'
import {
  CLIENT_ID,
  type Forgery,
  type ProviderStandIn,
  signed,
  startProviderStandIn,
} from '../support/peers/provider-stand-in.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { describeEveryLook, describeVariants, type Opener } from './support/every-look.js'

const LONG = 'The Identity Federation of the Observatories of the South'

/** A provider that is never asked anything. */
const other = (id: string, title: string) => ({
  id,
  title,
  clientId: CLIENT_ID,
  clientSecret: 'a secret',
  issuer: `https://${id}.example.org`,
})

describeWith(['chromium'], 'Signing in with a provider', () => {
  let standIn: ProviderStandIn
  beforeAll(async () => {
    standIn = await startProviderStandIn()
  })
  afterAll(() => standIn.stop())

  const keycloak = () => ({ clientId: CLIENT_ID, clientSecret: 'a secret', issuer: standIn.issuer, title: 'CILogon' })
  const one = useDesk({ settings: () => ({ keycloak: keycloak() }) })
  const three = useDesk({
    settings: () => ({ keycloak: keycloak(), oidc: [other('a', LONG), other('b', 'GitHub')], localAccounts: true }),
  })
  const noForm = useDesk({ settings: () => ({ keycloak: keycloak(), oidc: other('a', LONG) }) })

  /** Comes back from the provider without having been there: it is a stand-in that has no pages. */
  async function comeBack(page: Page, answer: (nonce: string) => string): Promise<void> {
    const departure = await page.request.get('/login/keycloak?rd=/auth/tokens', { maxRedirects: 0 })
    const { searchParams } = new URL(departure.headers().location ?? '')
    await page.goto(`/login?state=${searchParams.get('state')}&${answer(searchParams.get('nonce') ?? '')}`)
    await page.getByRole('heading', { name: 'You are not signed in' }).waitFor()
  }
  const opened =
    (desk: typeof one, act: (page: Page) => Promise<unknown>): Opener =>
    async () => {
      const page = await desk.open()
      await act(page)
      return page
    }
  const failing = (forgery: Forgery): Opener =>
    opened(one, (page) => {
      standIn.answer = { idToken: (nonce, self) => signed(self, nonce, forgery) }
      return comeBack(page, (nonce) => `code=${nonce}`)
    })

  describeEveryLook({
    'sign-in-one-provider': opened(one, (page) => page.goto('/login?local')),
    'sign-in-two-providers': opened(noForm, (page) => page.goto('/login')),
    'sign-in-three-providers': opened(three, (page) => page.goto('/login')),
  })
  describeVariants({
    'not-signed-in-cancelled': opened(one, (page) => comeBack(page, () => 'error=access_denied')),
    'not-signed-in-no-access': failing({ claims: { groups: [] } }),
    'not-signed-in-no-user-name': failing({ without: ['preferred_username'] }),
    'not-signed-in-unusable-user-name': failing({ claims: { preferred_username: 'Zoë von Ümlaut' } }),
    'not-signed-in-another-browser': opened(one, (page) => page.goto('/login?state=of-nobody&code=x')),
    'not-signed-in-unreachable': opened(one, (page) => {
      standIn.answer = { raw: (response) => response.destroy() }
      return comeBack(page, () => 'code=x')
    }),
    'not-signed-in-clock': failing({ claims: { nbf: Math.floor(Date.now() / 1000) + 3600 } }),
  })
})
