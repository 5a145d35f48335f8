import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../server/core/token/secret.js'
import { disableAccount } from '../../server/login/account-status.js'
import { changePassword } from '../../server/login/change-password.js'
import { addFirstAdministrator } from '../../server/operate/lifecycle/first-administrator.js'
import { addAccount } from '../../server/people/add-account.js'
import { findAccount } from '../../server/storage/postgres/accounts.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { Visitor } from '../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

const OPERATOR = { username: '<operator>' }
const NEW = 'four quiet otters'

let postern: RunningPostern
let printed: string

beforeAll(async () => {
  postern = await startPostern()
  const administrator = await addFirstAdministrator(postern.context)
  printed = administrator?.password.reveal() ?? ''
})
afterAll(() => postern.stop())

const stored = (username: string) => findAccount(postern.context.postgres.prisma, username)
const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())
const stepOf = (html: string) => /name="step" value="([^"]+)"/.exec(html)?.[1] ?? ''

/** An account with a printed password, and its form for another. */
async function atTheForm(username: string, rd = '') {
  const password = new Secret('r4th-er7l-ongw-ord5')
  const wanted = { username, password, groups: [{ name: 'users' }], mustChangePassword: true as const }
  await addAccount(postern.context, wanted, OPERATOR)
  const visitor = new Visitor(postern)
  const page = await visitor.signIn(username, password.reveal(), rd)
  return { visitor, page, step: stepOf(page.text), password: password.reveal() }
}

describe('the printed first password (ASVS 6.4.1)', () => {
  it('opens no session: its answer is the form for another, which signs the administrator in', async () => {
    const visitor = new Visitor(postern)
    const page = await visitor.signIn('admin', printed)
    expect(page.text).toContain('<h1>Choose a new password</h1>')
    expect(String(page.headers['set-cookie'])).not.toContain('=gt-')
    expect(await sessionsOf('admin')).toEqual([])
    expect((await visitor.get('/auth/tokens')).status).toBe(303)

    const response = await visitor.post('/login/new-password', { step: stepOf(page.text), new: NEW })
    expect([response.status, response.headers.location]).toEqual([303, 'http://127.0.0.1:8080/auth/tokens'])
    expect(await sessionsOf('admin')).toHaveLength(1)
    expect((await new Visitor(postern).signIn('admin', printed)).text).toContain('Incorrect user name or password')
    expect((await new Visitor(postern).signIn('admin', NEW)).status).toBe(303)
  })

  it('leads to the page that the user came for, once another is chosen', async () => {
    const { visitor, step } = await atTheForm('returning', 'http://127.0.0.1:8080/portal')
    const response = await visitor.post('/login/new-password', { step, new: NEW })
    expect(response.headers.location).toBe('http://127.0.0.1:8080/portal')
  })

  it.each([
    ['the old one', (old: string) => old, 'The new password is the old one'],
    ['a common one', () => 'password1', 'among the first that attackers try'],
    ['a short one', () => 'x7-kq', 'A password has 8 to 1024 characters'],
  ])('is not replaced by %s: the form comes again, without a session', async (what, chosen, sentence) => {
    const username = what.replaceAll(' ', '-')
    const { visitor, step, password } = await atTheForm(username)
    const before = await stored(username)
    const response = await visitor.post('/login/new-password', { step, new: chosen(password) })
    expect(response.status).toBe(422)
    expect(response.text).toContain(sentence)
    expect(await stored(username)).toEqual(before)
    expect(await sessionsOf(username)).toEqual([])
    expect((await visitor.post('/login/new-password', { step: stepOf(response.text), new: NEW })).status).toBe(303)
  })

  it('of an administrator is replaced by one of 12 characters or more', async () => {
    const wanted = { username: 'chief', password: new Secret('r4th-er7l-ongw-ord5'), groups: [{ name: 'admins' }] }
    await addAccount(postern.context, { ...wanted, mustChangePassword: true }, OPERATOR)
    const visitor = new Visitor(postern)
    const page = await visitor.signIn('chief', 'r4th-er7l-ongw-ord5')
    const response = await visitor.post('/login/new-password', { step: stepOf(page.text), new: 'kx4-vhz9-qm' })
    expect(response.status).toBe(422)
    expect(await sessionsOf('chief')).toEqual([])
  })

  it('is asked for no more once the operator has set another by hand', async () => {
    await atTheForm('by-hand')
    await changePassword(postern.context, 'by-hand', { password: new Secret(NEW) }, OPERATOR)
    expect((await new Visitor(postern).signIn('by-hand', NEW)).status).toBe(303)
  })

  it('leaves an event for each step: refused, changed, signed in', async () => {
    const before = (await storedEvents(postern)).length
    const { visitor, step } = await atTheForm('on-record')
    await visitor.post('/login/new-password', { step, new: NEW })
    const events = (await storedEvents(postern)).slice(before).map(({ event }) => `${event.action} ${event.reason}`)
    // Refusals are written a moment later than acts.
    expect(events.sort()).toEqual([
      'account.create undefined',
      'account.password undefined',
      'sign-in password_change_required',
      'sign-in undefined',
    ])
  })
})

describe('the form for another password is refused', () => {
  it.each<[string, (form: { step: string; visitor: Visitor }) => Promise<Record<string, string>>]>([
    ['without the step', async () => ({ step: '' })],
    ['with a made-up step', async () => ({ step: 'AAAA.BBBB.CCCC.DDDD.EEEE' })],
    ['without the word of the form', async ({ step }) => ({ step, csrf: '' })],
    [
      'after ten minutes',
      async ({ step }) => {
        postern.advance(601)
        return { step }
      },
    ],
  ])('%s, and changes nothing', async (what, fieldsOf) => {
    const username = what.replace(/\W+/g, '-')
    const form = await atTheForm(username)
    const before = await stored(username)
    const response = await form.visitor.post('/login/new-password', { ...(await fieldsOf(form)), new: NEW })
    expect(response.status).toBe(403)
    expect(await stored(username)).toEqual(before)
    expect(await sessionsOf(username)).toEqual([])
  })

  it('in another browser, which has a form of its own', async () => {
    const { step } = await atTheForm('copied')
    const before = await stored('copied')
    const thief = new Visitor(postern)
    await thief.get('/login')
    expect((await thief.post('/login/new-password', { step, new: NEW })).status).toBe(403)
    expect(await stored('copied')).toEqual(before)
    expect(await sessionsOf('copied')).toEqual([])
  })

  it('a second time: the step ends with the password that it was for', async () => {
    const { visitor, step } = await atTheForm('replayed')
    await visitor.post('/login/new-password', { step, new: NEW })
    const before = await stored('replayed')
    expect((await visitor.post('/login/new-password', { step, new: 'five quiet otters' })).status).toBe(403)
    expect(await stored('replayed')).toEqual(before)
  })

  it('once the account is disabled', async () => {
    const { visitor, step } = await atTheForm('closed')
    await disableAccount(postern.context, 'closed', OPERATOR)
    const before = await stored('closed')
    expect((await visitor.post('/login/new-password', { step, new: NEW })).status).toBe(403)
    expect(await stored('closed')).toEqual(before)
    expect(await sessionsOf('closed')).toEqual([])
  })

  it('is not even shown to a user in no group of the site', async () => {
    const password = new Secret('r4th-er7l-ongw-ord5')
    const wanted = { username: 'outsider', password, groups: [{ name: 'tourists' }], mustChangePassword: true as const }
    await addAccount(postern.context, wanted, OPERATOR)
    const page = await new Visitor(postern).signIn('outsider', password.reveal())
    expect(page.text).toContain('Your account is not in a group that has access')
    expect(page.text).not.toContain('name="step"')
  })
})
