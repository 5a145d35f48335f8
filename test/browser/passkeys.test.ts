import { expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import { listPasskeys } from '../../server/storage/postgres/identity/passkeys.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'
import { describeEveryLook, describeVariants } from './support/every-look.js'
import { signInWith } from './support/pages.js'
import { addAuthenticator } from './support/virtual-authenticator.js'

describeWith(['chromium'], 'Passkeys', () => {
  const desk = useDesk({ host: 'localhost' })
  const sessionsOf = (username: string) => listSessions(desk.site().context, username, desk.site().now())
  const passkeysOf = (username: string) => listPasskeys(desk.site().context.postgres.prisma, username)

  /** A user at the account's page, who has just added a passkey. */
  async function withPasskey(username = someone()) {
    await desk.site().account(username)
    const page = await desk.open()
    const authenticator = await addAuthenticator(page)
    await signInWith(page, username, PASSWORD)
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    await page.goto('/info')
    await page.getByRole('link', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name').fill('laptop')
    await page.getByRole('button', { name: 'Add passkey' }).click()
    await page.getByRole('heading', { name: 'laptop' }).waitFor()
    return { page, username, authenticator }
  }

  async function signOut(page: Page): Promise<void> {
    await page.goto('/logout')
    await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  }

  it('is added to the account, and asked for after the password', async () => {
    const { page, username, authenticator } = await withPasskey()
    expect(await authenticator.count()).toBe(1)
    expect(await passkeysOf(username)).toMatchObject([{ name: 'laptop', transports: ['internal'] }])
    await signOut(page)
    await signInWith(page, username, PASSWORD)
    await page.getByRole('heading', { name: 'Use your passkey' }).waitFor()
    expect(await sessionsOf(username)).toEqual([])
    await page.getByRole('button', { name: 'Use passkey' }).click()
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
    expect(await sessionsOf(username)).toHaveLength(1)
  })

  it('signs in alone', async () => {
    const { page, username } = await withPasskey()
    await signOut(page)
    await page.goto('/login?rd=/auth/tokens/new')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Create a token' }).waitFor()
    expect(await sessionsOf(username)).toHaveLength(1)
  })

  it('does not sign in alone without PIN or finger, and the page says that none was used', async () => {
    const { page, username, authenticator } = await withPasskey()
    await signOut(page)
    await authenticator.verifies(false)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByText('No passkey was used.').waitFor()
    expect(await sessionsOf(username)).toEqual([])
  })

  it('is refused once it is removed', async () => {
    const { page, username } = await withPasskey()
    await page.getByRole('link', { name: 'Remove laptop' }).click()
    await page.getByText('your password alone will sign you in').waitFor()
    await page.getByRole('button', { name: 'Remove passkey' }).click()
    await page.getByText('No passkeys yet.').waitFor()
    await withPasskey()
    await signOut(page)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('alert', { name: 'The passkey could not be verified' }).waitFor()
    expect(await sessionsOf(username)).toEqual([])
    await signInWith(page, username, PASSWORD)
    await page.getByRole('heading', { name: 'Security Tokens' }).waitFor()
  })

  it('is not added twice from one device: the browser says so', async () => {
    const { page, username } = await withPasskey()
    await page.getByRole('link', { name: 'Add a passkey' }).click()
    await page.getByLabel('Name').fill('again')
    await page.getByRole('button', { name: 'Add passkey' }).click()
    await page.getByText('This device already holds a passkey of your account.').waitFor()
    expect(await passkeysOf(username)).toHaveLength(1)
  })

  it('needs script, and the pages say so without', async () => {
    const { page: other, username } = await withPasskey()
    await other.context().close()
    const page = await desk.open({ javaScriptEnabled: false })
    await page.goto('/login')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('alert', { name: 'The browser sent no passkey: scripts are off' }).waitFor()
    expect(await sessionsOf(username)).toHaveLength(1)
  })

  // One window, in which a user goes from page to page, and at last out: adding a passkey takes longer than a page.
  let shown: Awaited<ReturnType<typeof withPasskey>> | undefined
  const opened = (act: (page: Page, username: string) => Promise<unknown>) => async () => {
    shown ??= await withPasskey()
    await act(shown.page, shown.username)
    return shown.page
  }
  describeVariants({
    'passkey-remove': opened((page) => page.getByRole('link', { name: 'Remove laptop' }).click()),
    'passkey-new-held': opened(async (page) => {
      await page.goto('/auth/passkeys/new')
      await page.getByLabel('Name').fill('again')
      await page.getByRole('button', { name: 'Add passkey' }).click()
      await page.getByText('This device already holds a passkey').waitFor()
    }),
  })
  describeEveryLook({
    'account-passkeys': opened((page) => page.goto('/auth/account')),
    'passkey-new': opened((page) => page.goto('/auth/passkeys/new')),
    'sign-in-with-passkey': opened((page) => signOut(page)),
    'passkey-second-factor': opened(async (page, username) => {
      await page.context().clearCookies()
      await signInWith(page, username, PASSWORD)
      await page.getByRole('heading', { name: 'Use your passkey' }).waitFor()
    }),
  })
})
