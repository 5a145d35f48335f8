import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Response } from 'supertest'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { DEFAULT_GROUP_MAPPING } from '../../../server/settings/rubin.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { everything } from '../../api/support/everything.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, type Visitor } from '../../support/clients/visitor.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../../support/stores/archive.js'

const STALE = 15 * 60 + 1
const AGAIN = '/auth/reauthenticate'
const PROGRAM = { id: 'P-1', title: 'Deep', public: false, investigators: [{ username: 'ada', role: 'pi' }] }
let postern: RunningPostern
let target = ''

beforeAll(async () => {
  postern = await startPostern({ settings: { ...ARCHIVE_SETTINGS, groupMapping: DEFAULT_GROUP_MAPPING } })
  await load(postern, PROGRAM)
  await postern.account('ada')
  const identity = { provider: 'institute', issuer: 'https://institute.example', subject: '1815' }
  await saveIdentity(postern.context, identity, { username: 'grace' }, postern.now())
  await postern.token('bob')
  target = (await postern.token('ada', { name: 'target' })).slice(3, 25)
})
afterAll(() => postern.stop())

/** An administrator whose sign-in is too old for dangerous acts. */
async function staleAdministrator(username = 'root'): Promise<Visitor> {
  const root = await signedIn(postern, username, ['users', 'admins'])
  postern.advance(STALE)
  return root
}

const unescaped = (text: string) =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replaceAll('&amp;', '&')

/** The form of a page, as a browser without script sends it. */
function formOf({ text }: Response): { action: string; fields: Record<string, string | string[]> } {
  const main = text.slice(text.indexOf('<main'))
  const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(main) ?? []
  const fields: Record<string, string[]> = {}
  for (const [, name = '', value = ''] of main.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)) {
    fields[unescaped(name)] = [...(fields[unescaped(name)] ?? []), unescaped(value)]
  }
  return { action: unescaped(action), fields }
}

/** Types the password into the page *Sign in again*. */
function signInAgain(visitor: Visitor, page: Response, password = PASSWORD): Promise<Response> {
  const { action, fields } = formOf(page)
  return visitor.post(action, { ...fields, password })
}

/** Sends the form that was kept. */
async function goOn(visitor: Visitor): Promise<Response> {
  const { action, fields } = formOf(await visitor.get(`${AGAIN}/resume`))
  return visitor.post(action, fields)
}

// biome-ignore format: a table reads in columns
const FORMS: readonly (readonly [string, () => string, Record<string, string | string[]>, number])[] = [
  ['a token that administers the site', () => '/auth/tokens', { name: 'a', scope: ['admin:token', 'read:tap'], expires: '30d' }, 201],
  ['a token that never expires',        () => '/auth/tokens', { name: 'b', scope: ['read:tap'], expires: 'never' }, 201],
  ['a service token',                   () => '/auth/admin/service-tokens', { username: 'bot-a', scope: ['read:tap'], expires: '30d' }, 201],
  ['access to data',                    () => '/auth/programs/P-1/grants', { email: 'guest@example.org' }, 303],
  ['a user name, to be released',       () => '/auth/admin/identities/grace/release', { issuer: 'https://institute.example', subject: '1815' }, 303],
  ['another user’s token, to be suspended', () => `/auth/admin/users/ada/tokens/${target}/suspend`, { reason: 'It leaked' }, 303],
  ['another user’s token, to be revoked', () => `/auth/admin/users/ada/tokens/${target}/revoke`, { reason: 'It is «leaked» & lost' }, 303],
  ['the tokens of an incident',         () => '/auth/admin/revoke', { user: 'bob', act: 'revoke', reason: 'lost', 'as-it-is': 'yes', count: '1', sure: 'yes' }, 303],
  ['everything of another user',        () => '/auth/admin/users/ada/revoke-all', {}, 303],
]

describe.each(FORMS)('%s', (_what, path, fields, status) => {
  it('waits until the administrator has signed in again, and then gets what was typed', async () => {
    const root = await staleAdministrator()
    const before = await everything(postern.context)
    const asked = await root.post(path(), fields)
    expect([asked.status, read(asked.text)]).toEqual([403, expect.stringContaining('Sign in again')])
    expect(await everything(postern.context)).toEqual(before)
    const back = await signInAgain(root, asked)
    expect([back.status, new URL(back.headers.location ?? '').pathname]).toEqual([303, `${AGAIN}/resume`])
    const { fields: kept } = formOf(await root.get(`${AGAIN}/resume`))
    for (const [name, value] of Object.entries(fields)) expect(kept[name]).toEqual([value].flat())
    expect((await goOn(root)).status).toBe(status)
    expect(await everything(postern.context)).not.toEqual(before)
  })
})

describe('signing in again', () => {
  const sessionsOf = (username = 'root') => listSessions(postern.context, username, postern.now())

  it('begins a new session and ends the old one: its cookie is worth nothing to a thief', async () => {
    const root = await staleAdministrator('renewed')
    const [old] = await sessionsOf('renewed')
    const back = await signInAgain(root, await root.get(`${AGAIN}?rd=/info`))
    expect(back.headers.location).toBe('http://127.0.0.1:8080/info')
    const sessions = await sessionsOf('renewed')
    expect(sessions).toHaveLength(1)
    expect(sessions[0]?.key).not.toBe(old?.key)
    expect((await root.get('/info')).status).toBe(200)
  })

  it('needs the password, guesses at which are throttled as at the sign-in page', async () => {
    const root = await staleAdministrator('guessed')
    const page = await root.get(AGAIN)
    const before = await sessionsOf('guessed')
    const guesses = [1, 2, 3, 4, 5, 6].map((guess) => `wrong-${guess}`)
    const answers: Response[] = []
    for (const guess of guesses) answers.push(await signInAgain(root, page, guess))
    expect(answers.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403, 429])
    expect(answers[0]?.text).toContain('Incorrect user name or password')
    expect(Number(answers[5]?.headers['retry-after'])).toBeGreaterThan(0)
    expect(await sessionsOf('guessed')).toEqual(before)
  })

  it('comes before a lockdown, which shuts all other users out', async () => {
    const root = await staleAdministrator()
    const before = await everything(postern.context)
    const asked = await root.post('/auth/admin/lockdown/on', { reason: 'A thief at the keyboard' })
    expect([asked.status, read(asked.text)]).toEqual([403, expect.stringContaining('To begin or end a lockdown')])
    expect(await everything(postern.context)).toEqual(before)
  })

  it('is asked of no user for ordinary tokens, and of no user who is no administrator', async () => {
    const root = await staleAdministrator()
    const ada = await signedIn(postern, 'ada')
    postern.advance(STALE)
    const wish = { scope: ['read:tap'], expires: '30d' }
    await root.get('/auth/tokens')
    expect((await root.post('/auth/tokens', { ...wish, name: 'plain' })).status).toBe(201)
    expect((await ada.post('/auth/tokens', { ...wish, name: 'plain' })).status).toBe(201)
    expect((await ada.post('/auth/tokens', { ...wish, name: 'endless', expires: 'never' })).status).toBe(201)
  })

  it('shows mistakes in a form first: they need no sign-in', async () => {
    const root = await staleAdministrator()
    expect((await root.post('/auth/admin/service-tokens', { username: 'ada' })).status).toBe(422)
  })

  it('tells when a form is too long to be kept, and goes to the tokens afterwards', async () => {
    const root = await staleAdministrator()
    const asked = await root.post('/auth/admin/users/ada/revoke-all', { reason: 'x'.repeat(4000) })
    expect(read(asked.text)).toContain('too long to be kept')
    expect((await signInAgain(root, asked)).headers.location).toBe('http://127.0.0.1:8080/auth/tokens')
  })

  it('gives a kept form to the user who typed it alone, and goes to no other site', async () => {
    const root = await staleAdministrator()
    await root.post('/auth/admin/users/ada/revoke-all')
    await root.get('/logout')
    await root.post('/logout')
    await root.signIn('ada')
    const { status, headers } = await root.get(`${AGAIN}/resume`)
    expect([status, headers.location]).toEqual([303, '/auth/tokens'])
    expect((await root.get(`${AGAIN}?rd=https%3A%2F%2Fevil.example`)).status).toBe(422)
  })

  it('without a session, or with the CSRF token of another, signs no user in', async () => {
    const root = await staleAdministrator()
    const before = await sessionsOf()
    expect((await root.post(AGAIN, { csrf: 'another', password: PASSWORD })).status).toBe(403)
    expect(await sessionsOf()).toEqual(before)
  })
})
