import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { Scope } from '../../server/core/token/scope.js'
import { grantAccess, type Manager, removeAccess } from '../../server/programs/manage.js'
import { listNotices } from '../../server/storage/postgres/notices/notices.js'
import { mailNotices } from '../../server/tokens/notices/mail-notices.js'
import { noticeSentence } from '../../server/tokens/notices/sentence.js'
import type { SendMail } from '../../server/tokens/warn-owners.js'
import { ENGLISH } from '../../server/words/words.js'
import { startMailSite } from '../support/mail-site.js'
import type { MailServer } from '../support/peers/mail-server.js'
import type { RunningPostern } from '../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../support/stores/archive.js'

let mail: MailServer
let postern: RunningPostern
let send: SendMail
let stop: () => Promise<void>

beforeAll(async () => {
  ;({ mail, postern, send, stop } = await startMailSite({ settings: ARCHIVE_SETTINGS }))
  await postern.account('ada')
  await postern.account('eve')
  const investigators = [{ username: 'ada', role: 'pi' }]
  await load(postern, { id: 'GO-1', title: 'Faint galaxies', public: false, investigators })
})
beforeEach(async () => {
  await postern.context.postgres.prisma.notice.deleteMany()
  mail.mails.length = 0
})
afterAll(() => stop())

const actor = { username: 'ada' }
const manager = { ...actor, scopes: ['user:token'] as Scope[], mayChange: true, actor }
const give = (email: string, by: Manager = manager) => grantAccess(postern.context, by, 'GO-1', email)
const take = (email: string) => removeAccess(postern.context, manager, 'GO-1', email)
const notices = () => postern.context.postgres.prisma.notice.findMany({ orderBy: { id: 'asc' } })

describe('a colleague who is given access, or whose access is taken', () => {
  it('with an account has a notice on their page, and a mail', async () => {
    await give('eve@example.org')
    await give('eve@example.org')
    await take('eve@example.org')
    expect((await notices()).map(({ username, kind }) => [username, kind])).toEqual([
      ['eve', 'accessGiven'],
      ['eve', 'accessTaken'],
    ])
    const { notices: listed } = await listNotices(postern.context.postgres, 'eve')
    expect(listed.map((each) => noticeSentence(each, ENGLISH))).toEqual([
      'ada removed your access to the data of GO-1 (Faint galaxies).',
      'ada gave you access to the data of GO-1 (Faint galaxies).',
    ])
    expect(await mailNotices(postern.context, send)).toBe(1)
    expect(mail.mails[0]?.to).toEqual(['eve@example.org'])
    expect(mail.mails[0]?.text).toContain('https://data.example.org/auth/programs')
  })

  it('without an account has a mail alone, to the address', async () => {
    await give('newcomer@example.org')
    expect(await mailNotices(postern.context, send)).toBe(1)
    expect(mail.mails[0]?.to).toEqual(['newcomer@example.org'])
    expect(mail.mails[0]?.text).toContain('ada gave you access to the data of GO-1 (Faint galaxies)')
    expect(mail.mails[0]?.text).toContain('Sign in with this e-mail address')
    expect(await mailNotices(postern.context, send)).toBe(0)
  })

  it('is told nothing of a change that was refused', async () => {
    const by = { username: 'mallory' }
    await give('mallory@example.org', { ...manager, ...by, actor: by })
    await give('no address')
    await take('nothing@example.org')
    expect(await notices()).toEqual([])
  })
})

it('without mail, no notice is stored for an address that no user has', async () => {
  const { settings } = postern.context
  const was = settings.notices.mail.accessGiven
  Object.assign(settings.notices.mail, { accessGiven: false })
  await give('stranger@example.org')
  Object.assign(settings.notices.mail, { accessGiven: was })
  expect(await notices()).toEqual([])
})
