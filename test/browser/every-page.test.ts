import { beforeAll, expect, it } from '@jest/globals'
import type { Page } from 'playwright-core'
import type { Scope } from '../../server/core/token/scope.js'
import { describeWith } from '../support/run/requires.js'
import { useDesk } from './support/browser.js'
import { delegateFrom, type SessionCookie, sessionCookie } from './support/browser-site.js'
import { addClient, beAskedByClient, beKeptOut, makeClientMistakes, registerClient } from './support/clients.js'
import { askForClient, askForToken, enterWrongCode, giveToken, WITH_DEVICES } from './support/device.js'
import { describeEveryLook, describeVariants, type Opener } from './support/every-look.js'
import {
  addAda,
  addAdministrator,
  addChecks,
  addFormerAdministrator,
  addIdentities,
  addPrinted,
  addPrograms,
  addStaleAdministrator,
  type Example,
} from './support/example-users.js'
import {
  askInDialog,
  askToRevoke,
  askToRevokeAll,
  beAskedAgain,
  createBound,
  createToken,
  failToSignIn,
  forgeForm,
  makeMistakes,
  makeProgramMistake,
  makeServiceToken,
  openPlaces,
  signInAgain,
  signInWith,
} from './support/pages.js'

const INTERNAL = 'exec:internal-tools' as Scope

/** The largest weight of an ordinary page in all, in bytes. */
const ENOUGH = 50_000

describeWith(['chromium'], 'Every page', () => {
  const desk = useDesk({ settings: () => WITH_DEVICES })
  let ada: Example
  let administrator: SessionCookie
  let former: Awaited<ReturnType<typeof addFormerAdministrator>>
  let stale: SessionCookie
  let newcomer: SessionCookie
  let notebooks: SessionCookie
  let client: string

  beforeAll(async () => {
    ada = await addAda(desk.site())
    administrator = await addAdministrator(desk.site())
    former = await addFormerAdministrator(desk.site())
    stale = await addStaleAdministrator(desk.site())
    newcomer = await sessionCookie(desk.site(), 'newcomer')
    await addPrograms(desk.site())
    await addIdentities(desk.site())
    await addChecks(desk.site())
    client = await addClient(desk.site(), { requiredGroups: ['g_operators'], requiredScope: INTERNAL })
    notebooks = await sessionCookie(desk.site(), 'notebooks')
    await delegateFrom(desk.site(), notebooks.value)
  })

  const visitor =
    (act: (page: Page) => Promise<unknown>): Opener =>
    async () => {
      const page = await desk.open()
      await act(page)
      return page
    }
  /** Opens the pages of a user one after the other in one window, whose renderer has what they share compiled. */
  const signedIn = (cookie: () => SessionCookie) => {
    let window: Page | undefined
    return (act: (page: Page) => Promise<unknown>): Opener =>
      async () => {
        if (window) await window.goto('/auth/tokens')
        window ??= await desk.openAs(cookie())
        await act(window)
        return window
      }
  }
  const astronomer = signedIn(() => ada.cookie)
  const beginner = signedIn(() => newcomer)
  const demoted = signedIn(() => former.cookie)
  const lateAdministrator = signedIn(() => stale)
  const administratorAt = signedIn(() => administrator)
  const admin = (path: () => string) => administratorAt((page) => page.goto(`/auth/admin${path()}`))

  const pages = {
    'sign-in': visitor((page) => page.goto('/login')),
    'security-tokens-none': beginner(async () => undefined),
    'security-tokens': astronomer(async () => undefined),
    'delegated-tokens': signedIn(() => notebooks)((page) => page.locator('.fold-head').click()),
    'token-new': astronomer((page) => page.goto('/auth/tokens/new?name=astroquery&scope=read:tap')),
    'token-created': beginner((page) => createToken(page, 'topcat-laptop')),
    token: astronomer((page) => page.goto(`/auth/tokens/${ada.live}`)),
    'token-edit': astronomer((page) => page.goto(`/auth/tokens/${ada.live}/edit`)),
    'token-rotate': astronomer((page) => page.goto(`/auth/tokens/${ada.live}/rotate`)),
    'token-revoke': astronomer((page) => page.goto(`/auth/tokens/${ada.live}/revoke`)),
    'token-revoke-dialog': astronomer(async (page) => {
      await page.goto('/auth/tokens')
      await askToRevoke(page, 'topcat-laptop')
      await page.getByRole('dialog').waitFor()
    }),
    'how-to-use': astronomer((page) => page.goto(`/auth/help/use?token=${ada.live}#use-curl`)),
    account: astronomer((page) => page.goto('/auth/account')),
    'device-token': astronomer((page) => askForToken(page, desk.site())),
    explain: astronomer((page) => page.goto('/auth/explain?url=/api/tap/sync')),
    'api-docs': astronomer((page) => page.goto('/auth/docs?q=grants')),
    programs: astronomer((page) => page.goto('/auth/programs')),
    program: astronomer((page) => page.goto('/auth/programs/GO-16250')),
    'admin-overview': admin(() => ''),
    'admin-ending': admin(() => '/ending'),
    admin: admin(() => '/search?q=e'),
    'admin-token': admin(() => `/tokens/${ada.live}`),
    'admin-user': admin(() => '/users/ada'),
    'admin-audit': admin(() => '/audit?outcome=done&about=ada'),
    'admin-accounts': admin(() => '/accounts'),
    'admin-account-new': admin(() => '/accounts/new'),
    'admin-account-act': admin(() => '/users/ada/account/disable'),
    'admin-revoke-dialog': administratorAt((page) => askInDialog(page, '/auth/admin/users/ada', 'Revoke everything')),
    'admin-revoke-all': admin(() => '/users/ada/revoke-all'),
    'admin-incident': admin(() => '/revoke?user=ada&heirs=yes'),
    'admin-service-tokens': admin(() => '/service-tokens'),
    'admin-service-token-new': admin(() => '/service-tokens/new'),
    'admin-service-token-created': administratorAt((page) => makeServiceToken(page, 'bot-ada')),
    'sign-in-again': lateAdministrator(beAskedAgain),
    'admin-programs': admin(() => '/programs?program=GO'),
    'admin-history': admin(() => '/history'),
    'admin-identities': admin(() => '/identities'),
    'admin-lockdown': admin(() => '/lockdown'),
    'admin-clients': admin(() => '/oidc-clients'),
    'admin-client': admin(() => `/oidc-clients/${client}`),
    'admin-client-new': admin(() => '/oidc-clients/new'),
    'client-consent': astronomer((page) => beAskedByClient(page, desk.site())),
  }

  const variants = {
    'sign-in-new-password': visitor(async (page) => {
      const password = await addPrinted(desk.site(), 'printed')
      await signInWith(page, 'printed', password)
      await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    }),
    'sign-in-refused': visitor((page) => failToSignIn(page, 'ada')),
    'user-menu': astronomer((page) => page.locator('.menu summary').click()),
    'token-new-places': astronomer((page) => openPlaces(page)),
    'token-bound': beginner((page) => createBound(page)),
    'token-new-mistakes': astronomer(makeMistakes),
    'security-tokens-not-in-effect': demoted(async () => undefined),
    'token-not-in-effect': demoted((page) => page.goto(`/auth/tokens/${former.live}`)),
    'token-revoked': astronomer((page) => page.goto(`/auth/tokens/${ada.revoked}`)),
    'token-expired': astronomer((page) => page.goto(`/auth/tokens/${ada.expired}`)),
    'security-tokens-ended': astronomer((page) => page.goto('/auth/tokens?show=ended')),
    'tokens-revoke-selected': astronomer((page) => page.goto(`/auth/tokens/revoke?key=${ada.live}`)),
    'session-end': astronomer(async (page) => {
      await page.goto('/auth/tokens')
      await page.getByRole('link', { name: /^Log out Safari/ }).click()
      await page.getByRole('dialog').waitFor()
    }),
    'sessions-end-others': astronomer((page) => page.goto('/auth/sessions/end-others')),
    'programs-let-in': beginner((page) => page.goto('/auth/programs')),
    'program-public': astronomer((page) => page.goto('/auth/programs/GO-15012')),
    'program-mistake': astronomer(makeProgramMistake),
    'api-docs-unfolded': astronomer(async (page) => {
      await page.goto('/auth/docs?q=audit')
      await page.evaluate(
        `document.querySelectorAll('main details').forEach((each) => { each.name = ''; each.open = true })`,
      )
    }),
    leaked: visitor((page) => page.goto('/auth/leaked')),
    'sign-out': astronomer((page) => page.goto('/logout')),
    'sign-in-again-resume': lateAdministrator(signInAgain),
    'admin-user-not-in-effect': admin(() => '/users/former-administrator'),
    'admin-user-delegated': admin(() => '/users/notebooks'),
    'admin-revoke': admin(() => `/users/ada/tokens/${ada.live}/revoke`),
    'admin-suspend': admin(() => `/users/ada/tokens/${ada.live}/suspend`),
    'admin-service-token-mistakes': administratorAt((page) => makeServiceToken(page, 'ada')),
    'admin-identity-change': admin(() => '/identities/henrietta/release'),
    'admin-lockdown-on': admin(() => '/lockdown/on'),
    'admin-history-mistakes': admin(() => '/history?user=!&type=x&address=x&since=x&until=x'),
    'admin-incident-mistakes': admin(() => '/revoke?user=!&from=x&used-since=x&group=!'),
    'admin-incident-question': administratorAt(askToRevokeAll),
    'admin-client-created': administratorAt(registerClient),
    'admin-client-delete': admin(() => `/oidc-clients/${client}/delete`),
    'admin-client-mistakes': administratorAt(makeClientMistakes),
    'client-no-access': beginner((page) => beKeptOut(page, desk.site())),
    'client-sign-out': astronomer((page) => page.goto('/auth/openid/logout')),
    'device-code-wrong': beginner(enterWrongCode),
    'device-consent': astronomer((page) => askForClient(page, desk.site())),
    'device-done': beginner((page) => giveToken(page, desk.site())),
    'explain-lacking': beginner((page) => page.goto('/auth/explain?url=/admin')),
    'explain-unknown': astronomer((page) => page.goto('/auth/explain?url=/nowhere')),
    'explain-mistakes': admin(() => '/../explain?url=x&user=!&requirement=satisfy%3Dx&address=x&at=x'),
    'explain-dry-run': admin(() => '/../explain?user=ada&requirement=scope%3Dread:image%26minimum_lifetime%3D36000'),
    'not-found': astronomer((page) => page.goto('/auth/tokens/AAAAAAAAAAAAAAAAAAAAAA')),
    'not-allowed': astronomer(forgeForm),
  }

  const weighsLittle = (page: () => Page) =>
    it('weighs less than 50 KB in all', async () => {
      expect(await desk.weigh(page())).toBeLessThan(ENOUGH)
    })

  describeEveryLook(pages, weighsLittle)
  describeVariants(variants, weighsLittle)
})
