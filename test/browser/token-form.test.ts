import { describe, expect, it } from '@jest/globals'
import type { Locator, Page } from 'playwright-core'
import { permissionSentence } from '../../server/pages/shared/format/scope-phrases.js'
import { listUserTokens } from '../../server/storage/postgres/tokens.js'
import type { Prose } from '../../server/words/prose.js'
import { wordsFor } from '../../server/words/words.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { someone } from './support/browser-site.js'
import { isFocused } from './support/keyboard.js'

const SCRIPT = [
  ['with script', true],
  ['without script', false],
] as const

describeWith(['chromium'], 'The form for a new token', () => {
  const { site, openAs } = useDesk()
  const create = (page: Page) => page.getByRole('button', { name: 'Create Token' }).click()
  const choice = (page: Page, name: string) => page.getByRole('radio', { name })
  const tokensOf = (username: string) => listUserTokens(site().context.postgres, username)

  async function openForm(username: string, javaScriptEnabled = true, query = ''): Promise<Page> {
    const page = await openAs(username, { javaScriptEnabled })
    await page.goto(`/auth/tokens/new${query}`)
    return page
  }

  /** The description of a field that a screen reader adds to its name. */
  async function descriptionOf(page: Page, field: Locator): Promise<string> {
    const ids = ((await field.getAttribute('aria-describedby')) ?? '').split(' ')
    const texts = await Promise.all(ids.map((id) => page.locator(`#${id}`).textContent()))
    return texts.join(' ').replace(/\s+/g, ' ')
  }

  /** What a user reads of a sentence whose dates are texts already. */
  const plain = (prose: Prose) =>
    prose.map((part) => (typeof part === 'string' ? part : Object.values(part).join(''))).join('')

  it('says what each scope is for, and has chosen none', async () => {
    const page = await openForm(someone())
    expect(await page.getByRole('checkbox').count()).toBeGreaterThan(3)
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0)
    const means = await descriptionOf(page, page.getByRole('checkbox', { name: 'read:tap' }))
    expect(means).toContain('Can run SELECT queries on the datasets through TAP')
  })

  it('says in words which token it will create, while it is filled in', async () => {
    const page = await openForm(someone())
    const sentence = page.locator('[data-sentence]')
    await page.getByLabel('Name').fill('topcat-laptop')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await page.getByRole('checkbox', { name: 'read:image' }).check()
    await choice(page, 'Never').check()
    expect(await sentence.textContent()).toBe('topcat-laptop can retrieve images and query TAP until you revoke it.')
    await choice(page, 'Custom date and time').check()
    await page.getByLabel('Expires on').fill('2100-07-01T12:30')
    expect(await sentence.textContent()).toContain('until 1 July 2100 at 12:30.')
  })

  it("reads a time on its reader's own clock", async () => {
    const ada = someone()
    const page = await openForm(ada)
    await page.getByLabel('Name').fill('summer')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await choice(page, 'Custom date and time').check()
    await page.getByLabel('Expires on (your time, Europe/Paris)').fill('2099-07-01T12:30')
    await create(page)
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    const [token] = await tokensOf(ada)
    expect(token?.expires).toBe(Date.UTC(2099, 6, 1, 10, 30) / 1000)
    await page.goto(`/auth/tokens/${token?.key}`)
    await page.getByText('1 Jul 2099, 12:30 CEST').first().waitFor()
  })

  it.each(['en', 'es', 'fr', 'de', 'ja'] as const)(
    'has the server’s own words while it is filled in, in %s',
    async (lang) => {
      const ada = someone()
      const page = await openAs(ada, { locale: lang })
      const words = wordsFor({ language: lang, dates: 'language', timeZone: 'Europe/Paris' })
      for (const [template, scopes] of [
        ['topcat', ['read:tap']],
        ['notebook', ['read:image', 'read:tap', 'write:files']],
      ] as const) {
        await page.goto(`/auth/tokens/new?template=${template}`)
        const sentence = page.locator('[data-sentence]')
        const sayNever = plain(permissionSentence({ name: template, scopes, until: 'never' }, words))
        await page.locator('[name="expires"][value="never"]').check()
        expect(await sentence.textContent()).toBe(sayNever)
        await page.locator('[name="expires"][value="7d"]').check()
        const at = await page.locator('[name="expires"][value="7d"] + label time').getAttribute('datetime')
        const until = Date.parse(String(at)) / 1000
        const dated = permissionSentence({ name: template, scopes, until }, words)
        const shown = dated.map((part) =>
          typeof part === 'object' && 'at' in part ? words.moment(part.at, site().now()).date : part,
        )
        expect(await sentence.textContent()).toBe(plain(shown))
        for (const scope of scopes) await page.getByRole('checkbox', { name: scope }).uncheck()
        await page.locator('[name="expires"][value="never"]').check()
        expect(await sentence.textContent()).toBe(
          plain(permissionSentence({ name: template, scopes: [], until: 'never' }, words)),
        )
      }
    },
  )

  it('says at once when a name is taken or too long', async () => {
    const ada = someone()
    const page = await openForm(ada)
    await page.getByLabel('Name').fill('topcat')
    await page.getByRole('checkbox', { name: 'read:tap' }).check()
    await create(page)
    await page.getByRole('heading', { name: 'Your new token' }).waitFor()
    await page.goto('/auth/tokens/new')
    const news = page.locator('[data-name-news]')
    await page.getByLabel('Name').fill('  topcat ')
    expect(await news.textContent()).toBe('You already have a token named topcat')
    await page.getByLabel('Name').fill('topcat-2')
    expect(await news.textContent()).toBe('')
    await page.getByLabel('Name').fill('x'.repeat(65))
    expect(await news.textContent()).toContain('1 to 64 characters')
  })

  it('has the focus in the name, and offers the last minute of its reader’s tomorrow', async () => {
    const page = await openForm(someone())
    expect(await isFocused(page, page.getByLabel('Name'))).toBe(true)
    await choice(page, 'Custom date and time').check()
    const tomorrow = await page.evaluate(
      `{ const day = new Date(); day.setDate(day.getDate() + 1); day.toLocaleDateString('sv') }`,
    )
    expect(await page.getByLabel('Expires on').inputValue()).toBe(`${tomorrow}T23:59`)
  })

  it('copies a link that fills it in again', async () => {
    const page = await openAs(someone(), { permissions: ['clipboard-read', 'clipboard-write'] })
    await page.goto('/auth/tokens/new?template=pyvo')
    await page.getByRole('button', { name: 'Copy link to this form' }).click()
    await page.getByText('Link copied.').waitFor()
    const link = String(await page.evaluate('navigator.clipboard.readText()'))
    await page.goto(link)
    expect(await page.getByLabel('Name').inputValue()).toBe('pyvo')
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(2)
    expect(await choice(page, '90 days').isChecked()).toBe(true)
  })

  it('says who suggests the settings that a link brought', async () => {
    const page = await openForm(someone(), true, '?name=astroquery&scope=read:tap&expires=7d')
    await page.getByText('astroquery suggests these settings').waitFor()
    expect(await page.getByLabel('Name').inputValue()).toBe('astroquery')
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1)
    expect(await choice(page, '7 days').isChecked()).toBe(true)
  })

  describe.each(SCRIPT)('after a mistake, %s', (_name, javaScriptEnabled) => {
    it('shows the typed values again, and has the summary of the errors in focus', async () => {
      const ada = someone()
      const page = await openForm(ada, javaScriptEnabled)
      const name = 'ü'.repeat(65)
      await page.getByLabel('Name').fill(name)
      await page.getByRole('checkbox', { name: 'read:image' }).check()
      await choice(page, 'Custom date and time').check()
      await page.getByLabel('Expires on').fill('2020-01-31T12:30')
      await create(page)
      const summary = page.getByRole('alert', { name: /^There (?:is a problem|are \d+ problems)$/ })
      await summary.waitFor()
      expect(await isFocused(page, summary)).toBe(true)
      expect(await summary.getByRole('link').allTextContents()).toEqual([
        'Give the token a name of 1 to 64 characters',
        'A token must be valid for at least five minutes',
      ])
      expect(await page.title()).toMatch(/^Error: Create a token/)
      expect(await page.getByLabel('Name').inputValue()).toBe(name)
      expect(await page.getByRole('checkbox', { name: 'read:image' }).isChecked()).toBe(true)
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(1)
      expect(await choice(page, 'Custom date and time').isChecked()).toBe(true)
      expect(await page.getByLabel('Expires on').inputValue()).toBe('2020-01-31T12:30')
      expect(await tokensOf(ada)).toEqual([])
    })

    it('ties each error to its field, and leads from the summary to it', async () => {
      const page = await openForm(someone(), javaScriptEnabled)
      await choice(page, 'Custom date and time').check()
      await page.getByLabel('Expires on').fill('2020-01-31T12:30')
      await create(page)
      for (const [label, message] of [
        ['Name', 'Give the token a name of 1 to 64 characters'],
        ['Expires on', 'A token must be valid for at least five minutes'],
      ] as const) {
        const field = page.getByLabel(label)
        expect(await field.getAttribute('aria-invalid')).toBe('true')
        expect(await descriptionOf(page, field)).toContain(`Error: ${message}`)
        await page.getByRole('alert').getByRole('link', { name: message }).press('Enter')
        expect(await isFocused(page, field)).toBe(true)
      }
    })

    it('takes the correction', async () => {
      const page = await openForm(someone(), javaScriptEnabled)
      await choice(page, 'Never').check()
      await create(page)
      await page.getByRole('alert').waitFor()
      await page.getByLabel('Name').fill('corrected')
      await page.getByRole('checkbox', { name: 'read:tap' }).check()
      await create(page)
      await page.getByText('corrected can query TAP until you revoke it.').waitFor()
    })
  })
})
