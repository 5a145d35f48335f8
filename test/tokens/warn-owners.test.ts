import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { revokeToken } from '../../server/tokens/revoke.js'
import { type SendMail, WARNING_RETRY, warnOwners } from '../../server/tokens/warn-owners.js'
import { startMailSite } from '../support/mail-site.js'
import type { MailServer } from '../support/peers/mail-server.js'
import type { RunningPostern } from '../support/postern.js'

const DAY = 86_400

let mail: MailServer
let postern: RunningPostern
let send: SendMail
let stop: () => Promise<void>
let nextUser = 0

beforeAll(async () => {
  const settings = { tokenPolicy: { user: { idle: '30d' } } }
  ;({ mail, postern, send, stop } = await startMailSite({ baseUrl: 'https://data.example.org/postern', settings }))
})
beforeEach(async () => {
  await postern.context.postgres.prisma.token.deleteMany()
  mail.mails.length = 0
})
afterAll(() => stop())

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
    expect(mail.mails[0]?.text).toContain('Subject: Your token topcat expires soon (Science Platform)')
    expect(mail.mails[0]?.text).toContain(`  https://data.example.org/postern/auth/tokens/${token.slice(3, 25)}/rotate`)
    expect(mail.mails[0]?.text).not.toContain(token.slice(26))
    postern.advance(WARNING_RETRY)
    expect(await warn()).toBe(0)
    postern.advance(6 * DAY)
    expect([await warn(), await warn()]).toEqual([1, 0])
    expect(mail.mails).toHaveLength(2)
  })

  it('gets one mail for several tokens', async () => {
    const ada = someone()
    for (const name of ['topcat', 'stilts']) await postern.token(ada, { name, expires: inDays(20) })
    postern.advance(14 * DAY)
    expect(await warn()).toBe(1)
    expect(mail.mails[0]?.text).toContain('Subject: 2 of your tokens expire soon')
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
    expect(mail.mails[0]?.text).toMatch(/Expires on .* UTC, unless it is used=?\s*before/)
    const record = await authenticate(postern.context, token)
    if (!record) throw new Error('The token is over')
    postern.context.usage.record(record, postern.now(), undefined, undefined)
    await postern.context.usage.flush(postern.context)
    postern.advance(10 * DAY)
    expect(await warn()).toBe(0)
    postern.advance(15 * DAY)
    expect([await warn(), await warn()]).toEqual([1, 0])
  })

  it('is warned again of the new end of a token that was extended, by one of three replicas', async () => {
    const ada = someone()
    const token = parseToken(await postern.token(ada, { name: 'cron', expires: inDays(20) })) as Token
    postern.advance(14 * DAY)
    expect(await warn()).toBe(1)
    const expires = new Date(inDays(20) * 1000)
    await postern.context.postgres.prisma.token.update({ where: { key: token.key }, data: { expires } })
    expect(await warn()).toBe(0)
    postern.advance(14 * DAY)
    const counts = await Promise.all([warn(), warn(), warn()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
  })

  it('is written to later when the mail server takes nothing now', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    mail.refuse(true)
    expect(await warn()).toBe(0)
    expect(postern.logged()).toContain('Warning of expiry not mailed')
    mail.refuse(false)
    expect(await warn()).toBe(0)
    postern.advance(WARNING_RETRY)
    expect([await warn(), await warn()]).toEqual([1, 0])
  })

  it('is written to although the mail server takes none for another owner; three in a row end the run', async () => {
    const owners = [someone(), someone(), someone(), someone(), someone()].sort()
    for (const owner of owners) await postern.token(owner, { expires: inDays(20) })
    postern.advance(14 * DAY)
    const tried: string[] = []
    const failing =
      (bad: readonly string[]): SendMail =>
      async ({ to }) => {
        tried.push(to)
        if (bad.some((owner) => to.startsWith(`${owner}@`))) throw new Error('No such mailbox')
      }
    expect(await warnOwners(postern.context, failing(owners.slice(0, 2)))).toBe(3)
    expect(tried).toHaveLength(5)
    await postern.context.postgres.prisma.tokenWarning.deleteMany()
    expect(await warnOwners(postern.context, failing(owners))).toBe(0)
    expect(tried).toHaveLength(8)
  })

  it('is written to once, however many replicas look at the same moment', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    const counts = await Promise.all([warn(), warn(), warn()])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1)
    expect(mail.mails).toHaveLength(1)
  })
})

describe('while a mail is sent', () => {
  it('no transaction is open, and the token can be revoked', async () => {
    const ada = someone()
    const { key } = parseToken(await postern.token(ada, { expires: inDays(20) })) as Token
    postern.advance(14 * DAY)
    const { context } = postern
    const open: unknown[] = []
    const sent = await warnOwners(context, async () => {
      const { rows } = await context.postgres.pool.query(OPEN_TRANSACTIONS)
      open.push(...rows)
      // Would wait for the mail, and the mail for it.
      if (rows.length === 0) await revokeToken(context, ada, key, { username: '<operator>' })
    })
    expect([sent, open]).toEqual([1, []])
    expect(await context.postgres.prisma.token.count({ where: { key } })).toBe(0)
  })

  it('a process that is killed loses no warning: another sends it ten minutes later', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    await killedWhile('sending')
    expect(await warn()).toBe(0)
    // The clock goes on, too, and on a busy machine by more than a second.
    postern.advance(WARNING_RETRY - 60)
    expect(await warn()).toBe(0)
    postern.advance(60)
    expect([await warn(), await warn()]).toEqual([1, 0])
  })

  it('a process that is killed after the mail was taken, and before its note, sends it once more', async () => {
    await postern.token(someone(), { expires: inDays(20) })
    postern.advance(14 * DAY)
    await killedWhile('noting')
    expect(mail.mails).toHaveLength(1)
    postern.advance(WARNING_RETRY)
    expect([await warn(), await warn()]).toEqual([1, 0])
    expect(mail.mails).toHaveLength(2)
  })
})

const OPEN_TRANSACTIONS = `SELECT query FROM pg_stat_activity
  WHERE datname = current_database() AND state LIKE 'idle in transaction%'`

/** Runs a process up to the given step, and no further. */
function killedWhile(step: 'sending' | 'noting'): Promise<void> {
  return new Promise((resolve, reject) => {
    const sending: SendMail = async (letter) => {
      if (step === 'noting') await send(letter)
      resolve()
      await new Promise(() => {})
    }
    warnOwners(postern.context, sending).catch(reject)
  })
}
