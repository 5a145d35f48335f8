import { describe, expect, it } from '@jest/globals'
import { findPreferences } from '../../../server/storage/postgres/identity/preferences.js'
import { wordsOfUser } from '../../../server/tokens/notices/words-of-user.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { create, useSite } from '../support/site.js'

const { site, someone } = useSite({ quota: { default: { api: { tap: 500 } } } })

const prisma = () => site().context.postgres.prisma
const languageOf = (html: string) => /<html lang="(\w+)"/.exec(html)?.[1]

describe('the language of the pages', () => {
  it.each([
    ['ja', 'ja'],
    ['pt, fr;q=0.5', 'fr'],
    ['de-AT,de;q=0.9', 'de'],
    ['tlh', 'en'],
  ])('is for a browser that accepts %s the best that there is: %s', async (accepted, language) => {
    const page = await new Visitor(site()).get('/login', { 'Accept-Language': accepted })
    expect([languageOf(page.text), page.headers['content-language']]).toEqual([language, language])
  })

  it('is what the user chose, in other browsers too, before and after the sign-in, and in mails', async () => {
    const username = someone()
    const here = await signedIn(site(), username)
    await here.get('/auth/account')
    const chosen = { language: 'fr', dates: 'iso', time_zone: 'Asia/Tokyo' }
    expect((await here.post('/auth/preferences', chosen)).status).toBe(303)
    const page = (await here.get('/auth/account', { 'Accept-Language': 'de' })).text
    expect(languageOf(page)).toBe('fr')
    expect(page).toMatch(/<html lang="fr" data-dates="iso" data-zone="Asia\/Tokyo"/)
    expect(page).toMatch(/20\d\d-\d\d-\d\d \d\d:\d\d GMT\+9/)
    const elsewhere = new Visitor(site())
    await elsewhere.signIn(username)
    expect(languageOf((await elsewhere.get('/login')).text)).toBe('fr')
    expect((await wordsOfUser(prisma(), username)).reader.language).toBe('fr')
  })

  it.each([
    ['a language that there is not', { language: 'tlh' }],
    ['a form of dates that there is not', { dates: 'stardate' }],
    ['a zone that there is not', { time_zone: 'Mars/Olympus' }],
    ['no word of the form', { csrf: '' }],
  ])('is not changed by %s', async (_what, wrong) => {
    const username = someone()
    const here = await signedIn(site(), username)
    await here.get('/auth/account')
    const sent = { language: 'fr', dates: 'iso', time_zone: '', ...wrong }
    expect([403, 422]).toContain((await here.post('/auth/preferences', sent)).status)
    expect(await findPreferences(prisma(), username)).toBeUndefined()
    expect(languageOf((await here.get('/auth/account')).text)).toBe('en')
  })

  it('is not taken over by a cookie that is none of ours', async () => {
    const page = await new Visitor(site()).get('/login', { Cookie: 'postern-reader=<script>.iso.../../etc' })
    expect([page.status, languageOf(page.text)]).toEqual([200, 'en'])
    expect(page.text).not.toContain('../etc')
  })
})

describe('the page of the account', () => {
  it('shows limits with what is used of them, and uses nothing up by that', async () => {
    const here = await signedIn(site(), someone())
    for (let count = 0; count < 3; count++) {
      expect((await here.get('/auth/account')).text).toContain('tap: 0 of 500 requests this minute')
    }
  })

  it('leads to the changes of all tokens and sessions, as a page, as CSV and as JSON', async () => {
    const here = await signedIn(site(), someone())
    await here.get('/auth/tokens/new')
    await create(here, { name: '=HYPERLINK("x")' })
    const page = (await here.get('/auth/history?type=user')).text
    expect(page).toContain('You created it with')
    expect(page).not.toContain('Web session</strong>')
    const csv = await here.get('/auth/history.csv')
    expect(csv.headers['content-type']).toMatch(/^text\/csv/)
    expect(csv.text).toContain('"\'=HYPERLINK(""x"")"')
    const rows = JSON.parse((await here.get('/auth/history.json?type=user')).text)
    expect(rows).toMatchObject([{ action: 'create', type: 'user', scopes: 'read:tap' }])
  })

  it('gives users all that is stored about them, and nothing that signs in', async () => {
    const username = someone()
    const here = await signedIn(site(), username)
    await here.get('/auth/tokens/new')
    await create(here)
    const answer = await here.get('/auth/account/export')
    expect(answer.headers['content-disposition']).toContain(`${username}.json`)
    const all = JSON.parse(answer.text)
    expect(all).toMatchObject({ username, tokens: expect.anything(), sessions: [{ type: 'session' }] })
    expect(all.tokens.map(({ name }: { name?: string }) => name)).toContain('topcat')
    expect(answer.text).not.toMatch(/argon2|secretHash|passwordHash|gt-/)
  })

  it.each(['/auth/history', '/auth/history.csv', '/auth/account/export'])('asks who it is: %s', async (path) => {
    expect((await new Visitor(site()).get(path)).status).toBe(303)
  })
})
