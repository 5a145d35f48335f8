import { describe, expect, it } from '@jest/globals'
import { type AuditedAct, accountAt, accountObject, signInDetails } from '../../../server/core/audit/event.js'
import { signInEvent, usesEvent } from '../../../server/core/events/cloud-event.js'
import { UseSums } from '../../../server/core/events/use-sums.js'

const SOURCE = new URL('https://data.example.org/postern/')
const AT = 1_796_000_000
const ISO = '2026-11-30T00:53:20Z'
const ADA = { actor: { username: 'ada', address: '192.0.2.1' }, object: accountObject('ada') }
const BADGE = `gt-${'a'.repeat(22)}.${'b'.repeat(22)}`

const sent = (act: AuditedAct) => signInEvent({ ...act, id: 'c0ffee', at: AT }, SOURCE)

describe('an event of a sign-in', () => {
  it('has the attributes of CloudEvents 1.0, and no address', () => {
    expect(sent({ action: 'sign-in', ...ADA, details: signInDetails('lab') })).toEqual({
      specversion: '1.0',
      id: 'c0ffee',
      source: 'https://data.example.org/postern/',
      type: 'dev.postern.login_success',
      time: ISO,
      datacontenttype: 'application/json',
      data: { username: 'ada', method: 'provider', provider: 'lab' },
    })
  })

  it('says why it was refused', () => {
    const refused = { ...ADA, details: signInDetails(undefined), code: 'account_disabled' as const }
    expect(sent({ action: 'sign-in', ...refused })).toMatchObject({
      type: 'dev.postern.login_failure',
      data: { username: 'ada', method: 'password', code: 'account_disabled' },
    })
  })

  it.each<[name: string, act: AuditedAct]>([
    ['a password in place of the name', { action: 'sign-in', actor: {}, object: accountAt(`${BADGE} x`) }],
    ['a token in the name of a provider', { action: 'sign-in', ...ADA, details: signInDetails(BADGE) }],
  ])('has no secret: %s', (_name, act) => {
    expect(JSON.stringify(sent(act))).not.toContain('bbbb')
  })

  it('is made of no other act', () => {
    expect(sent({ action: 'sign-out', ...ADA })).toBeUndefined()
  })
})

describe('sums of uses', () => {
  const use = { username: 'ada', type: 'user', count: 2, first: AT - 50, last: AT - 40 } as const

  it('are one event for a user and a type of token, and begin anew', () => {
    const sums = new UseSums()
    sums.add(use)
    sums.add({ ...use, count: 3, first: AT - 30, last: AT })
    sums.add({ ...use, type: 'session' })
    const taken = sums.take()
    expect(taken.map(({ tokenType, count }) => [tokenType, count])).toEqual([
      ['user', 5],
      ['session', 2],
    ])
    expect(taken.slice(0, 1).map((sum) => usesEvent(sum, 'beef', SOURCE))).toMatchObject([
      {
        id: 'beef',
        type: 'dev.postern.auth_user',
        time: ISO,
        data: { username: 'ada', tokenType: 'user', count: 5, since: '2026-11-30T00:52:30Z', until: ISO },
      },
    ])
    expect(sums.take()).toEqual([])
  })

  it('tell bots from users', () => {
    const sum = { username: 'bot-mobu', tokenType: 'service', count: 1, since: AT, until: AT } as const
    expect(usesEvent(sum, 'beef', SOURCE).type).toBe('dev.postern.auth_bot')
  })

  it('are bounded: a user too many is refused, one that is known is not', () => {
    const sums = new UseSums()
    const taken = Array.from({ length: 5_001 }, (_, index) => sums.add({ ...use, username: `user${index}` }))
    expect(taken.indexOf(false)).toBe(5_000)
    expect(sums.add({ ...use, username: 'user0' })).toBe(true)
  })
})
