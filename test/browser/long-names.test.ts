import { beforeAll } from '@jest/globals'
import type { Page } from 'playwright-core'
import { RUBIN_SCOPES } from '../../server/settings/rubin.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { keyOf, type SessionCookie, sessionCookie } from './support/browser-site.js'
import { describeVariants, type Opener } from './support/every-look.js'
import { askInDialog, createToken, failToSignIn } from './support/pages.js'

const SITE = 'The Joint Archive of the Observatories of the Southern and the Northern Sky'.padEnd(80, '!')
const USERNAME = 'ottoline-maria-theresia-von-und-zu-hohenlohe-langenburg-the-5th1'

/** As long as names of tokens may be, and as different as people are. */
const NAMES = ['W', '漢', 'ü ', 'a-b', '🔭', '\u05d0', '<b>', 'long word '].map((text) =>
  [...text.repeat(64)].slice(0, 61).join(''),
)

describeWith(['chromium'], 'Forty tokens, and names as long as they may be', () => {
  const desk = useDesk({ look: { name: SITE } })
  let cookie: SessionCookie
  let key = ''

  beforeAll(async () => {
    const site = desk.site()
    await site.account(USERNAME, ['admins', 'users'])
    const scopes = Object.keys(RUBIN_SCOPES)
    for (let index = 0; index < 40; index++) {
      const name = `${index} ${NAMES[index % NAMES.length]}`
      key = keyOf(await site.token(USERNAME, { name, scopes: scopes.slice(0, index % 12) }))
    }
    for (let index = 0; index < 5; index++) cookie = await sessionCookie(site, USERNAME)
  })

  const person =
    (act: (page: Page) => Promise<unknown>): Opener =>
    async () => {
      const page = await desk.openAs(cookie)
      await act(page)
      return page
    }
  const signInRefused: Opener = async () => {
    const page = await desk.open()
    await failToSignIn(page, USERNAME)
    return page
  }

  describeVariants({
    'long-sign-in-refused': signInRefused,
    'long-security-tokens': person(async () => undefined),
    'long-user-menu': person(async (page) => {
      await page.goto('/logout')
      await page.locator('.menu > summary').click()
    }),
    'long-token-new': person((page) => page.goto(`/auth/tokens/new?name=${'W'.repeat(64)}`)),
    'long-token-created': person((page) => createToken(page, `Z ${NAMES[0]}`)),
    'long-token': person((page) => page.goto(`/auth/tokens/${key}`)),
    'long-token-revoke-dialog': person((page) => askInDialog(page, `/auth/tokens/${key}`, 'Revoke…')),
  })
})
