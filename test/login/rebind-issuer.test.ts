import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { rebindIssuer } from '../../server/login/rebind-issuer.js'
import { saveIdentity } from '../../server/people/save-identity.js'
import { listIdentityChanges } from '../../server/storage/postgres/identity/history.js'
import { listRefusedIdentities, recordRefusedIdentity } from '../../server/storage/postgres/identity/refusals.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

const OPERATOR = { username: '<operator>' }
const OLD = 'https://old.example.org'
const NEW = 'https://new.example.org'
const MOVED = { old: OLD, new: NEW }

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const comeAs = (username: string, subject: string, issuer: string) =>
  saveIdentity(postern.context, { provider: 'sky', issuer, subject }, { username }, postern.now())

describe('an issuer that has another URL', () => {
  it('takes its users along, with their subjects, and no user of another issuer', async () => {
    await comeAs('ada', '1815', OLD)
    await comeAs('grace', '1906', 'https://elsewhere.example.org')
    await recordRefusedIdentity(postern.context.postgres.prisma, {
      ...{ username: 'ada', provider: 'sky', issuer: NEW, subject: '1815' },
      last: postern.now(),
    })
    expect(await comeAs('ada', '1815', NEW)).toBe(false)
    const before = (await storedEvents(postern)).length
    expect(await rebindIssuer(postern.context, MOVED, OPERATOR)).toBe(1)

    expect([await comeAs('ada', '1815', NEW), await comeAs('ada', '1815', OLD)]).toEqual([true, false])
    expect(await comeAs('ada', '6666', NEW)).toBe(false)
    expect(await comeAs('grace', '1906', 'https://elsewhere.example.org')).toBe(true)
    const { prisma } = postern.context.postgres
    expect(await listRefusedIdentities(prisma, 10, 'ada')).toEqual([])
    expect((await listIdentityChanges(prisma, 1, 'ada'))[0]).toMatchObject({
      ...{ action: 'rebind', actor: '<operator>' },
      ...{ old: { issuer: OLD, subject: '1815' }, identity: { issuer: NEW, subject: '1815' } },
    })
    const events = (await storedEvents(postern)).slice(before)
    expect(events).toEqual([expect.objectContaining({ user: { name: '<operator>', target: { name: 'ada' } } })])
    expect(events[0]).toMatchObject({
      event: { action: 'account.rebind' },
      postern: { before: { issuer: OLD }, after: { issuer: NEW, subject: '1815' } },
    })
  })

  it('takes more users than one batch along, by two runs at once', async () => {
    await postern.context.postgres.pool.query(
      `INSERT INTO person (username, provider, issuer, subject, signed_in)
       SELECT 'many-' || n, 'sky', $1, n::text, now() FROM generate_series(1, 450) n`,
      [OLD],
    )
    const run = () => rebindIssuer(postern.context, MOVED, OPERATOR)
    const [one, other] = await Promise.all([run(), run()])
    expect(one + other).toBe(450)
  })
})
