import { beforeAll, describe, expect, it } from '@jest/globals'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { findAccount } from '../../../server/storage/postgres/accounts.js'
import { findPersonRow } from '../../../server/storage/postgres/people.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { PASSWORD } from '../../support/postern.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const { busyPerson, tokensOf, ask } = office
const LIST = '/auth/admin/accounts'
const accountOf = (username: string) => findAccount(office.site().context.postgres.prisma, username)
const act = (username: string, what: string) => `/auth/admin/users/${username}/account/${what}`
/** The generated password of a page. */
const passwordIn = (html: string) => /<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})<\/code>/.exec(html)?.[1] ?? ''
const eventsOf = async (action: string) =>
  (await storedEvents(office.site())).filter(({ event }) => event.action === action)

describe('an account that an administrator creates', () => {
  it('has a password that is shown once, signs in with it once, and chooses another', async () => {
    await office.admin().get(`${LIST}/new`)
    const fields = { username: 'newcomer', name: 'New Comer', email: 'new@example.org', groups: 'users, tap-users' }
    const page = await office.admin().post(`${LIST}/new`, fields)
    expect([page.status, page.headers['cache-control']]).toEqual([201, 'no-store'])
    const password = passwordIn(page.text)
    expect(await accountOf('newcomer')).toMatchObject({ name: 'New Comer', mustChangePassword: true })
    expect((await accountOf('newcomer'))?.groups.map(({ name }) => name)).toEqual(['tap-users', 'users'])
    const visitor = new Visitor(office.site())
    expect((await visitor.signIn('newcomer', password)).text).toContain('Choose')
    for (const path of [LIST, '/auth/admin/users/newcomer', `${LIST}/new`]) {
      expect((await office.admin().get(path)).text).not.toContain(password)
    }
    expect(office.site().logged()).not.toContain(password)
  })

  it('is in the history of the site, by the administrator and without the password', async () => {
    await office.admin().get(`${LIST}/new`)
    await office.admin().post(`${LIST}/new`, { username: 'recorded', groups: 'users' })
    const events = await eventsOf('account.create')
    const event = events.find(({ user }) => user?.target?.name === 'recorded')
    expect(event).toMatchObject({ user: { name: 'root-admin' } })
    expect(JSON.stringify(event)).not.toMatch(/argon|password_?hash/i)
  })

  it('is said to be of no use yet when none of its groups gives a permission', async () => {
    await office.admin().get(`${LIST}/new`)
    const page = await office.admin().post(`${LIST}/new`, { username: 'idle-one', groups: 'knitters' })
    expect(read(page.text)).toContain('No group of this account gives it a permission, so it cannot sign in yet.')
  })

  it('is not created with mistakes, which are named all at once', async () => {
    await office.admin().get(`${LIST}/new`)
    const fields = { username: 'No Such', name: '', email: 'none', groups: 'users ???' }
    const page = await office.admin().post(`${LIST}/new`, fields)
    expect(page.status).toBe(422)
    for (const sentence of ['A user name has lowercase letters', 'Give an address such as', '??? cannot be the name']) {
      expect(page.text).toContain(sentence)
    }
    expect(page.text).toContain('value="users ???"')
    const taken = await office.admin().post(`${LIST}/new`, { username: 'root-admin' })
    expect([taken.status, passwordIn(taken.text)]).toEqual([409, ''])
  })

  it('is in the list, with people of identity providers', async () => {
    const { context, now } = office.site()
    const identity = { provider: 'institute', issuer: 'https://institute.example', subject: '1906' }
    await saveIdentity(context, identity, { username: 'grace', name: 'Grace Hopper' }, now())
    await office.site().account('listed')
    const text = read((await office.admin().get(LIST)).text)
    expect(text).toContain('grace Grace Hopper institute')
    expect(text).toContain('listed listed@example.org Local account')
  })
})

describe('an account of another user', () => {
  it('is disabled and enabled after a question; its tokens are refused in between, its sessions revoked', async () => {
    const { username, token, session } = await busyPerson()
    expect(read((await office.admin().get(act(username, 'disable'))).text)).toContain(
      `Disable the account ${username}?`,
    )
    expect((await ask(token)).status).toBe(200)
    const done = await office.admin().post(act(username, 'disable'))
    expect(read((await office.admin().get(String(done.headers.location))).text)).toContain('The account is disabled.')
    expect([(await ask(token)).status, (await ask(session)).status]).toEqual([401, 401])
    expect((await new Visitor(office.site()).signIn(username)).status).toBe(403)
    expect((await office.admin().get(act(username, 'disable'))).status).toBe(404)
    await office.admin().get(act(username, 'enable'))
    await office.admin().post(act(username, 'enable'))
    expect([(await ask(token)).status, (await ask(session)).status]).toEqual([200, 401])
  })

  it('gets a new password, which is shown once; the old one and its sessions work no more', async () => {
    const { username, token, session } = await busyPerson()
    await office.admin().get(act(username, 'reset-password'))
    const page = await office.admin().post(act(username, 'reset-password'))
    const password = passwordIn(page.text)
    expect((await new Visitor(office.site()).signIn(username, PASSWORD)).status).toBe(403)
    expect((await new Visitor(office.site()).signIn(username, password)).text).toContain('Choose')
    expect([(await ask(token)).status, (await ask(session)).status]).toEqual([200, 401])
    expect((await office.admin().get(`/auth/admin/users/${username}`)).text).not.toContain(password)
    expect(office.site().logged()).not.toContain(password)
  })

  it('is signed out everywhere, and keeps its tokens', async () => {
    const { username, token, session } = await busyPerson()
    await office.admin().get(act(username, 'sign-out'))
    const done = await office.admin().post(act(username, 'sign-out'))
    expect(read((await office.admin().get(String(done.headers.location))).text)).toContain('Signed out everywhere.')
    expect([(await ask(token)).status, (await ask(session)).status]).toEqual([200, 401])
  })

  it('of an identity provider is disabled, and leads to releasing its name; there is no password', async () => {
    const { context, now } = office.site()
    const identity = { provider: 'institute', issuer: 'https://institute.example', subject: '1912' }
    await saveIdentity(context, identity, { username: 'turing' }, now())
    const page = await office.admin().get('/auth/admin/users/turing')
    expect(page.text).toContain('/auth/admin/identities/turing/release')
    expect(page.text).not.toContain('reset-password')
    expect((await office.admin().get(act('turing', 'reset-password'))).status).toBe(404)
    await office.admin().post(act('turing', 'disable'))
    expect(await findPersonRow(context.postgres, 'turing')).toMatchObject({ disabled: true })
  })

  it('has no notice that a link claims', async () => {
    const { username } = await busyPerson()
    for (const what of ['disable', 'reset-password', 'sign-out']) {
      const page = await office.admin().get(`/auth/admin/users/${username}?done=${what}`)
      expect(page.text).not.toContain('notice done')
    }
  })
})

describe('no account is changed', () => {
  const acts = ['disable', 'reset-password', 'sign-out']
  const stateOf = async (username: string) => [await accountOf(username), await tokensOf(username)]

  it.each(acts)('by %s of another user, of its owner, or without the CSRF token', async (what) => {
    const { username } = await busyPerson()
    const owner = await signedIn(office.site(), username)
    const other = await signedIn(office.site(), 'plain-user')
    const before = await stateOf(username)
    for (const visitor of [owner, other]) expect((await visitor.post(act(username, what))).status).toBe(404)
    expect((await office.admin().post(act(username, what), { csrf: 'guessed' })).status).toBe(403)
    expect(await stateOf(username)).toEqual(before)
  })

  it('by an administrator to the administrator’s own, which could not be undone', async () => {
    const before = await accountOf('root-admin')
    for (const what of acts) expect((await office.admin().post(act('root-admin', what))).status).toBe(404)
    expect(await accountOf('root-admin')).toEqual(before)
    expect((await office.admin().get('/auth/admin/users/root-admin')).text).not.toContain('/account/disable')
  })

  it('by a user who creates one, or guesses at its page', async () => {
    const other = await signedIn(office.site(), 'plain-user')
    for (const path of [LIST, `${LIST}/new`]) expect((await other.get(path)).status).toBe(404)
    expect((await other.post(`${LIST}/new`, { username: 'forged', groups: 'admins' })).status).toBe(404)
    expect(await accountOf('forged')).toBeUndefined()
  })
})

describe('an administrator who signed in long ago', () => {
  let late: Visitor

  beforeAll(async () => {
    late = await signedIn(office.site(), 'late-admin', ['admins'])
    await late.get(LIST)
  })

  it('is asked to sign in again before an account is changed or created, and nothing happens until then', async () => {
    const { username, session } = await busyPerson()
    // Less than the twelve hours after which an idle session of an administrator ends.
    office.site().advance(86_400 / 4)
    const before = await accountOf(username)
    for (const what of ['disable', 'reset-password']) {
      const page = await late.post(act(username, what))
      expect([page.status, passwordIn(page.text)]).toEqual([403, ''])
    }
    expect((await late.post(`${LIST}/new`, { username: 'not-yet' })).status).toBe(403)
    expect([await accountOf('not-yet'), await accountOf(username)]).toEqual([undefined, before])
    expect((await ask(session)).status).toBe(200)
  })
})
