import { expect, it } from '@jest/globals'
import { PASSWORD } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { addPerson, keyOf, useToken } from './support/browser-site.js'
import { chooseFromMenu, tabTo } from './support/keyboard.js'
import { askToRevoke, rowMenu } from './support/pages.js'

const TOKEN = /^gt-[\w-]{22}\.[\w-]{22}$/

describeWith(['chromium'], 'From the sign-in page to a token in use and back', () => {
  const { site, open } = useDesk()

  it('an astronomer gets by with the keyboard alone', async () => {
    await addPerson(site(), 'ada', 'Ada Lovelace')
    const page = await open({ permissions: ['clipboard-read', 'clipboard-write'] })
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const link = (name: string) => page.getByRole('link', { name, exact: true })
    const heading = (name: string) => page.getByRole('heading', { name, exact: true })

    await page.goto('/login')
    await tabTo(page, page.getByLabel('User name'))
    await page.keyboard.type('ada')
    await tabTo(page, page.getByLabel('Password'))
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText('You have no tokens yet.').waitFor()

    await chooseFromMenu(page, link('Security Tokens'))
    await heading('User Tokens').waitFor()
    await tabTo(page, link('Create Token'))
    await page.keyboard.press('Enter')

    await tabTo(page, page.getByLabel('Name'))
    await page.keyboard.type('topcat-laptop')
    const scope = page.getByRole('checkbox', { name: 'read:tap' })
    await tabTo(page, scope)
    await page.keyboard.press('Space')
    await tabTo(page, page.getByRole('radio', { name: '30 days' }))
    await page.keyboard.press('ArrowUp')
    await tabTo(page, button('Create Token'))
    await page.keyboard.press('Enter')

    await heading('Your new token').waitFor()
    const token = (await page.getByRole('group', { name: 'token', exact: true }).first().textContent()) ?? ''
    expect(token).toMatch(TOKEN)
    await tabTo(page, button('Copy token'))
    await page.keyboard.press('Enter')
    await page.getByText('Copied.', { exact: true }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(token)
    expect(await useToken(site(), token)).toBe(200)

    await chooseFromMenu(page, link('Security Tokens'))
    await link('topcat-laptop').waitFor()
    expect(await page.content()).not.toContain(token)
    await tabTo(page, rowMenu(page, 'topcat-laptop'))
    await page.keyboard.press('Enter')
    await tabTo(page, link('Revoke… topcat-laptop'))
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Revoke topcat-laptop?' }).waitFor()
    await tabTo(page, button('Revoke'))
    await page.keyboard.press('Enter')
    await page.getByText('topcat-laptop was revoked.').waitFor()
    expect(await useToken(site(), token)).toBe(401)

    await page.goto(`/auth/tokens/${keyOf(token)}`)
    await page.getByText('Revoked', { exact: true }).waitFor()
    // When it was used last is not kept, and nothing is made up for it.
    expect(await page.getByText('Last used').count()).toBe(0)
    expect(await page.locator('.timeline li > p:first-child').allTextContents()).toEqual([
      'You revoked it.',
      expect.stringMatching(/^You created it with read:tap, to expire on .*\.$/),
    ])

    const cookies = await page.context().cookies()
    await chooseFromMenu(page, button('Sign out'))
    await page.getByLabel('User name').waitFor()
    await page.context().addCookies(cookies)
    await page.goto('/auth/tokens')
    expect(new URL(page.url()).pathname).toBe('/login')
  })

  it('an astronomer gets by without JavaScript', async () => {
    await addPerson(site(), 'grace', 'Grace Hopper')
    const page = await open({ javaScriptEnabled: false })
    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const link = (name: string) => page.getByRole('link', { name, exact: true })

    await page.goto('/login')
    await page.getByLabel('User name').fill('grace')
    await page.getByLabel('Password').fill(PASSWORD)
    await button('Sign in').click()
    await page.locator('.menu > summary').click()
    await link('Security Tokens').click()

    await link('Create Token').click()
    await page.getByLabel('Name').fill('topcat-laptop')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await page.getByRole('radio', { name: 'Custom date and time' }).check()
    await page.getByLabel('Expires on (UTC)').fill('2100-01-31T12:30')
    await button('Create Token').click()

    const token = (await page.getByRole('group', { name: 'token', exact: true }).first().textContent()) ?? ''
    expect(token).toMatch(TOKEN)
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0)
    for (const program of ['TOPCAT', 'STILTS', 'pyVO', 'curl', '.netrc']) {
      await page.getByRole('heading', { name: program, exact: true }).waitFor()
    }
    expect(await useToken(site(), token)).toBe(200)

    await link('Done').click()
    expect(await page.content()).not.toContain(token)
    await page.getByText('31 Jan 2100', { exact: true }).waitFor()
    await askToRevoke(page, 'topcat-laptop')
    await page.getByRole('heading', { name: 'Revoke topcat-laptop?' }).waitFor()
    await button('Revoke').click()
    await page.getByText('topcat-laptop was revoked.').waitFor()
    expect(await useToken(site(), token)).toBe(401)

    const cookies = await page.context().cookies()
    await page.locator('.menu > summary').click()
    await button('Sign out').click()
    await page.context().addCookies(cookies)
    await page.goto('/auth/tokens')
    expect(new URL(page.url()).pathname).toBe('/login')
  })
})
