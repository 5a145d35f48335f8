import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { mailer } from '../../server/operate/jobs/mail.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { type SendMail, warnOwners } from '../../server/tokens/warn-owners.js'
import { type MailServer, startMailServer } from '../support/peers/mail-server.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

const DAY = 86_400

let mail: MailServer
let postern: RunningPostern
let send: SendMail
let nextUser = 0

beforeAll(async () => {
  mail = await startMailServer()
  const settings = {
    smtpUrl: mail.url,
    mailFrom: 'Example <noreply@example.org>',
    tokenPolicy: { user: { idle: '30d' } },
  }
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings })
  send = mailer(postern.context.settings) as SendMail
})
beforeEach(async () => {
  await postern.context.postgres.prisma.token.deleteMany()
  mail.mails.length = 0
})
afterAll(async () => {
  await postern.stop()
  await mail.stop()
})

const someone = () => `owner-${++nextUser}`
const inDays = (days: number) => postern.now() + days * DAY
const warn = () => warnOwners(postern.context, send)

describe('the owner of a token', () => {
  it('is written to a week and a day before its end, once each, with a link to the token', async () => {
    const ada = someone()
    const token = await postern.token(ada, { name: 'topcat', expires: inDays(20) })
    expect(await warn()).toBe(0)
    postern.advance(13 * DAY)
    expect([await warn(), await warn()]).toEqual([1, 0])
    expect(mail.mails[0]?.to).toEqual([`${ada}@example.org`])
    expect(mail.mails[0]?.text).toContain('Subject: Your token topcat will end soon (Science Platform)')
    expect(mail.mails[0]?.text).toContain(`https://data.example.org/auth/tokens/${token.slice(3, 25)}`)
    expect(mail.mails[0]?.text).not.toContain(token.slice(26))
    postern.advance(6 * DAY)
    expect([await warn(), await warn()]).toEqual([1, 0])
    expect(mail.mails).toHaveLength(2)
  })

  it('gets one mail for several tokens', async () => {
    const ada = someone()
    for (const name of ['topcat', 'stilts']) await postern.token(ada, { name, expires: inDays(20) })
    postern.advance(14 * DAY)
    expect(await warn()).toBe(1)
    expect(mail.mails[0]?.text).toContain('Subject: 2 of your tokens will end soon')
  })

  it('is not written to about a token that was made to end soon', async () => {
    await postern.token(someone(), { expires: inDays(2) })
    expect(await warn()).toBe(0)
  })

  it('hears of a day, and not of a week, when nobody could write before', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(19 * DAY + 60)
    expect([await warn(), await warn()]).toEqual([1, 0])
  })

  it('is told that a use puts the end off, where it does', async () => {
    const ada = someone()
    const token = parseToken(await postern.token(ada, { name: 'cron' })) as Token
    postern.advance(24 * DAY)
    expect(await warn()).toBe(1)
    expect(mail.mails[0]?.text).toMatch(/ends on .* UTC, unless it is used=?\s+before/)
    const record = await authenticate(postern.context, token)
    if (!record) throw new Error('The token is over')
    postern.context.usage.record(record, postern.now(), undefined, undefined)
    await postern.context.usage.flush(postern.context)
    postern.advance(10 * DAY)
    expect(await warn()).toBe(0)
  })

  it('is written to later when the mail server takes nothing now', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    mail.refuse(true)
    await expect(warn()).rejects.toThrow('No mail today')
    expect(await postern.context.postgres.prisma.tokenWarning.count()).toBe(0)
    mail.refuse(false)
    expect(await warn()).toBe(1)
  })

  it('is written to once, however many replicas look at the same moment', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    const counts = await Promise.all([warn(), warn(), warn()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(mail.mails).toHaveLength(1)
  })
})
