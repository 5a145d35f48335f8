import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { MAIL_GAP, MAIL_RETRY } from '../../../server/core/notices/mail.js'
import { MOST_NOTICES, type NoticeKind } from '../../../server/core/notices/notice.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken } from '../../../server/core/token/token.js'
import { releaseName } from '../../../server/login/user-name.js'
import type { Context } from '../../../server/storage/context.js'
import { claimNoticesToMail } from '../../../server/storage/postgres/notices/mail-queue.js'
import { dismissNotices } from '../../../server/storage/postgres/notices/notices.js'
import { disablePerson } from '../../../server/storage/postgres/people.js'
import { commit } from '../../../server/storage/unit-of-work.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { mailNotices } from '../../../server/tokens/notices/mail-notices.js'
import { revokeToken } from '../../../server/tokens/revoke.js'
import type { SendMail } from '../../../server/tokens/warn-owners.js'
import { keyOf } from '../../pages/support/office.js'
import { startMailSite } from '../../support/mail-site.js'
import type { MailServer } from '../../support/peers/mail-server.js'
import type { RunningPostern } from '../../support/postern.js'
import { savePerson } from '../../support/save-person.js'

let mail: MailServer
let postern: RunningPostern
let send: SendMail
let stop: () => Promise<void>
let nextUser = 0

beforeAll(async () => {
  const settings = { notices: { mail: { tokenRevoked: false } } }
  ;({ mail, postern, send, stop } = await startMailSite({ settings }))
})
beforeEach(async () => {
  await postern.context.postgres.prisma.notice.deleteMany()
  mail.refuse(false)
  mail.mails.length = 0
})
afterAll(() => stop())

const someone = () => `owner-${++nextUser}`
const run = (sending: SendMail = send) => mailNotices(postern.context, sending)
const rows = (username: string) =>
  postern.context.postgres.prisma.notice.findMany({ where: { username }, orderBy: { id: 'asc' } })

/** A token that an administrator made for a user who has no account here. */
async function grant(username: string, email?: string): Promise<string> {
  const pinned = email === undefined ? {} : { pinned: { email } }
  const wanted = { username, type: 'user' as const, name: `token ${++nextUser}`, scopes: [] as Scope[], ...pinned }
  const made = await createTokenForUser(postern.context, wanted, { username: '<bootstrap>' })
  if (!('token' in made)) throw new Error(made.message)
  return formatToken(made.token)
}

describe('the owner of a token gets', () => {
  it('one mail of all that happened since the last, with a link to the page and no secret', async () => {
    const ada = someone()
    const tokens = [await postern.token(ada, { name: 'topcat' }), await postern.token(ada, { name: 'stilts' })]
    expect(await run()).toBe(1)
    expect(mail.mails).toHaveLength(1)
    const [{ to, text } = { to: [], text: '' }] = mail.mails
    expect(to).toEqual([`${ada}@example.org`])
    expect(text).toContain('Subject: 2 notices about your account (Science Platform)')
    expect(text).toContain('The token topcat was created.')
    expect(text).toContain('The token stilts was created.')
    expect(text).toContain('https://data.example.org/auth/tokens')
    for (const token of tokens) expect(text).not.toContain(token.slice(26))
  })

  it('each notice once, and no second mail within ten minutes', async () => {
    const ada = someone()
    await postern.token(ada, { name: 'topcat' })
    expect([await run(), await run()]).toEqual([1, 0])
    await postern.token(ada, { name: 'stilts' })
    postern.advance(MAIL_GAP - 60)
    expect(await run()).toBe(0)
    postern.advance(61)
    expect([await run(), await run()]).toEqual([1, 0])
    expect(mail.mails[1]?.text).toContain('Subject: The token stilts was created')
    expect(mail.mails[1]?.text).not.toContain('topcat')
    postern.advance(30 * 86_400)
    expect(await run()).toBe(0)
  })

  it('a mail of notices that were dismissed meanwhile: a thief with a session may have dismissed them', async () => {
    const ada = someone()
    await postern.token(ada, { name: 'topcat' })
    await dismissNotices(postern.context.postgres, ada, '999999999', postern.now())
    expect(await rows(ada)).toMatchObject([{ dismissed: expect.any(Date), mailed: null }])
    expect(await run()).toBe(1)
  })

  it('the count of those beyond the bound', async () => {
    const ada = someone()
    for (let made = 0; made < MOST_NOTICES + 2; made++) await grant(ada, `${ada}@example.org`)
    expect(await run()).toBe(1)
    expect(mail.mails[0]?.text).toContain('and 2 more, before these.')
    postern.advance(MAIL_GAP + 1)
    expect(await run()).toBe(0)
  })

  it('it at the address of a token, where the site knows no other', async () => {
    const ada = someone()
    await grant(ada, 'ada@elsewhere.example')
    expect(await run()).toBe(1)
    expect(mail.mails[0]?.to).toEqual(['ada@elsewhere.example'])
  })

  it('it also when the account is disabled: no page would show it', async () => {
    const ada = someone()
    await savePerson(postern.context, 'institute', { username: ada, email: 'ada@institute.example' }, postern.now())
    await grant(ada)
    await commit(postern.context, (work) => disablePerson(work, ada, { disabled: postern.now() }))
    expect(await run()).toBe(1)
    expect(mail.mails[0]?.to).toEqual(['ada@institute.example'])
  })

  it('no mail of a kind whose mail the site switches off, and the notice on the page', async () => {
    const ada = someone()
    const token = await grant(ada, 'ada@elsewhere.example')
    await revokeToken(postern.context, ada, keyOf(token), { username: '<operator>' })
    expect((await rows(ada)).map(({ kind, mailAt }) => [kind as NoticeKind, mailAt !== null])).toEqual([
      ['tokenCreated', true],
      ['tokenRevoked', false],
    ])
  })
})

describe('a mail that no server takes', () => {
  it('delays no act and loses no notice: it is sent later', async () => {
    const ada = someone()
    const counted = () => Object.fromEntries([...postern.context.counters.mails].map(([how, , count]) => [how, count]))
    const { sent = 0, failed = 0 } = counted()
    mail.refuse(true)
    await postern.token(ada, { name: 'topcat' })
    expect(await run()).toBe(0)
    expect(await rows(ada)).toMatchObject([{ kind: 'tokenCreated', dismissed: null, mailed: null }])
    expect(postern.logged()).toContain('Notices not mailed')
    mail.refuse(false)
    expect(await run()).toBe(0)
    postern.advance(MAIL_RETRY.least + 1)
    expect([await run(), await run()]).toEqual([1, 0])
    expect(mail.mails[0]?.text).toContain('The token topcat was created')
    expect(counted()).toEqual({ sent: sent + 1, failed: failed + 1 })
  })

  it('is tried less and less often, and at least every six hours', async () => {
    const ada = someone()
    await grant(ada, 'ada@elsewhere.example')
    mail.refuse(true)
    const waits: number[] = []
    for (let tries = 0; tries < 8; tries++) {
      await run()
      const [row] = await rows(ada)
      const wait = (row?.mailAt?.getTime() ?? 0) / 1000 - postern.now()
      waits.push(Math.round(wait / MAIL_RETRY.least))
      postern.advance(wait + 1)
    }
    expect(waits).toEqual([1, 1, 2, 4, 8, 16, 32, 36])
  })

  it('holds no other user’s back, and three in a row end the run', async () => {
    const users = [someone(), someone(), someone(), someone(), someone()]
    for (const user of users) {
      await grant(user, `${user}@elsewhere.example`)
      postern.advance(1)
    }
    const tried: string[] = []
    const failing =
      (bad: readonly string[]): SendMail =>
      async ({ to }) => {
        tried.push(to)
        if (bad.some((user) => to.startsWith(user))) throw new Error('No such mailbox')
      }
    expect(await run(failing(users.slice(0, 2)))).toBe(3)
    expect(tried).toHaveLength(5)
    postern.advance(MAIL_RETRY.least + 60)
    for (const user of users) await grant(user, `${user}@elsewhere.example`)
    tried.length = 0
    expect(await run(failing(users))).toBe(0)
    expect(tried).toHaveLength(3)
  })
})

describe('two replicas', () => {
  it('send one mail between them', async () => {
    const ada = someone()
    await grant(ada, 'ada@elsewhere.example')
    const counts = await Promise.all([run(), run(), run()])
    expect(counts.reduce((sum, count) => sum + count)).toBe(1)
    expect(mail.mails).toHaveLength(1)
  })

  it('leave a notice that a process claimed and did not mail to the next try', async () => {
    const ada = someone()
    await grant(ada, 'ada@elsewhere.example')
    const { postgres } = postern.context
    const claim = () => claimNoticesToMail(postgres, { username: ada, kinds: ['tokenCreated'] }, postern.now())
    expect([(await claim()).length, (await claim()).length, await run()]).toEqual([1, 0, 0])
    postern.advance(MAIL_RETRY.least + 1)
    expect(await run()).toBe(1)
  })
})

describe('a user name that is released before its notices are mailed', () => {
  it('gives its next owner no mail of the former one', async () => {
    const ada = someone()
    const old = { username: ada, email: 'old@example.org', groups: [{ name: 'users', id: 1 }] }
    await savePerson(postern.context, 'institute', old, postern.now())
    await grant(ada)
    await releaseName(postern.context, ada, { username: '<operator>' })
    await savePerson(postern.context, 'institute', { ...old, email: 'new@example.org' }, postern.now())
    expect(await run()).toBe(0)
    expect(mail.mails).toEqual([])
  })
})

describe('a user without an address', () => {
  it('is not tried again, and reads the notice on the page', async () => {
    const ada = someone()
    await grant(ada)
    expect(await run()).toBe(0)
    expect(await rows(ada)).toMatchObject([{ mailAt: null, mailed: null, dismissed: null }])
  })
})

describe('a site without a mail server', () => {
  it('queues nothing, so that one that is added later gets no old notices', async () => {
    const { settings } = postern.context
    const { smtpUrl: _none, ...without } = settings
    const context: Context = { ...postern.context, settings: without as typeof settings }
    const ada = someone()
    const wanted = { username: ada, type: 'user' as const, name: 'topcat', scopes: [] }
    await createTokenForUser(context, wanted, { username: '<bootstrap>' })
    expect(await rows(ada)).toMatchObject([{ mailAt: null }])
    expect(await run()).toBe(0)
  })
})
