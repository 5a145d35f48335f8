import type { Page } from 'playwright-core'
import { Refusal } from '../../../server/core/access/refusal.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { type ClientWish, createClient } from '../../../server/openid/clients.js'
import { CALLBACK } from '../../openid/support/relying-party.js'
import type { RunningPostern } from '../../support/postern.js'

const WISH: ClientWish = {
  description: 'Grafana of the observatory in Chile',
  redirectUris: [CALLBACK, 'https://grafana-test.example.org/login/generic_oauth'],
  postLogoutUris: ['https://grafana.example.org/'],
  isPublic: false,
  isOwnSite: false,
  requiredGroups: [],
}

/** Registers a client of another site. Returns its identifier. */
export async function addClient({ context }: RunningPostern, wish: Partial<ClientWish> = {}): Promise<string> {
  const made = await createClient(context, { ...WISH, ...wish }, { username: 'root' })
  if (made instanceof Refusal) throw new Error(made.message)
  return made.client.id
}

/** Comes from a client, as a browser that it has sent to sign in. */
async function comeFrom(page: Page, client: string): Promise<void> {
  const query = new URLSearchParams({
    client_id: client,
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid profile email groups rubin offline_access',
    prompt: 'consent',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
    state: 'state',
  })
  await page.goto(`/auth/openid/login?${query}`)
}

/** The question what a client may learn. */
export async function beAskedByClient(page: Page, site: RunningPostern): Promise<void> {
  await comeFrom(page, await addClient(site))
  await page.getByRole('heading', { name: 'Sign in to' }).waitFor()
}

/** The page of a client for which the user lacks a group and a scope. */
export async function beKeptOut(page: Page, site: RunningPostern): Promise<void> {
  const wish = { requiredGroups: ['g_operators', 'g_night_crew'], requiredScope: 'exec:internal-tools' as Scope }
  await comeFrom(page, await addClient(site, wish))
  await page.getByRole('heading', { level: 1 }).waitFor()
}

/** The page with the secret of a new client. */
export async function registerClient(page: Page): Promise<void> {
  await page.goto('/auth/admin/oidc-clients/new')
  await page.getByLabel('Name').fill('Superset')
  await page.getByLabel('Return addresses').fill(CALLBACK)
  await page.getByRole('button', { name: 'Register a client' }).click()
  await page.getByRole('heading', { name: 'Copy the secret now' }).waitFor()
}

/** The form of a client, with all in it that can be wrong. */
export async function makeClientMistakes(page: Page): Promise<void> {
  await page.goto('/auth/admin/oidc-clients/new')
  await page.getByLabel('Return addresses').fill('http://grafana.example.org/ not-an-address')
  await page.getByLabel('Permission (optional)').fill('no scope!')
  await page.getByRole('button', { name: 'Register a client' }).click()
  await page.getByRole('alert').waitFor()
}
