import type { Page } from 'playwright-core'
import request from 'supertest'
import { CLI_CLIENT } from '../../../server/core/openid/device.js'
import { publicClient } from '../../openid/support/relying-party.js'
import type { RunningPostern } from '../../support/postern.js'

/** The settings under which devices are signed in, also those of OpenID Connect's clients. */
export const WITH_DEVICES = { deviceLogin: { enabled: true }, oidcServer: { enabled: true } }

/** Has a device ask for a code. */
async function deviceAsks({ server }: RunningPostern, client_id: string, scope: string): Promise<string> {
  const { body } = await request(server)
    .post('/auth/openid/device/code')
    .set('User-Agent', 'postern-cli/1.0 (linux; node 24.1)')
    .type('form')
    .send({ client_id, scope, token_name: 'cluster' })
  return new URL(body.verification_uri_complete).search
}

/** Opens the form of the token for a device, by way of its link. */
export async function askForToken(page: Page, site: RunningPostern): Promise<void> {
  await page.goto(`/auth/device${await deviceAsks(site, CLI_CLIENT, 'read:tap admin:token')}`)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'A token for' }).waitFor()
}

export async function giveToken(page: Page, site: RunningPostern): Promise<void> {
  await askForToken(page, site)
  await page.getByRole('button', { name: 'Give it the token' }).click()
  await page.getByRole('heading', { name: 'Go back to your program' }).waitFor()
}

/** Opens the question of a client of OpenID Connect on a device. */
export async function askForClient(page: Page, site: RunningPostern): Promise<void> {
  const client = await publicClient(site)
  await page.goto(`/auth/device${await deviceAsks(site, client, 'openid email groups')}`)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'Sign in to' }).waitFor()
}

export async function enterWrongCode(page: Page): Promise<void> {
  await page.goto('/auth/device?user_code=BCDF-GHJK')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { name: 'There is a problem' }).waitFor()
}
