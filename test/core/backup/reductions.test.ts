import { describe, expect, it } from '@jest/globals'
import { AUDIT_ACTIONS, type AuditAction } from '../../../server/core/audit/actions.js'
import { exportEvent } from '../../../server/core/audit/ecs.js'
import type { AuditEvent } from '../../../server/core/audit/event.js'
import { reductionOf, settle, takesAway } from '../../../server/core/backup/reductions.js'
import { RevocationLog } from '../../../server/core/backup/revocation-log.js'

const AT = 1_800_000_000
let ids = 0

/** An event as the log has it. */
function event(action: AuditAction, more: Partial<AuditEvent> = {}) {
  ids++
  return exportEvent({ id: `e${ids}`, at: AT, action, actor: { username: 'root1' }, ...more })
}

const token = { type: 'token', id: 'AAAABBBBCCCCDDDDEEEEFF', owner: 'ada' } as const
const account = { type: 'account', id: 'ada', owner: 'ada' } as const
const reduced = (action: AuditAction, more?: Partial<AuditEvent>) => reductionOf(event(action, more))?.reduction

describe('an audit event of an act that took away', () => {
  it.each(['token.revoke', 'token.leaked', 'token.expire', 'session.revoke', 'sign-out'] as const)(
    'ends its token again: %s',
    (action) => {
      const before = { type: 'notebook', parent: 'PPPP', expires: AT + 60 }
      expect(reduced(action, { object: token, before })).toEqual({
        is: 'ended',
        key: token.id,
        username: 'ada',
        delegated: true,
        expires: AT + 60,
      })
    },
  )

  it('suspends its token again, unless that was lifted later', () => {
    const after = { type: 'notebook', until: AT + 86_400, expires: AT + 60 }
    const suspended = event('token.suspend', { object: token, after, reason: 'a leak' })
    const key = { key: token.id, username: 'ada' }
    const held = { is: 'held', ...key, delegated: true, expires: AT + 60, reason: 'a leak' }
    expect(reductionOf(suspended)?.reduction).toEqual(held)
    const lifted = event('token.lift', { object: token, at: AT + 1 })
    const read = [suspended, lifted].map(reductionOf).filter((each) => each !== undefined)
    expect(settle(read.slice(0, 1))).toEqual([held])
    expect(settle(read)).toEqual([{ is: 'lifted', ...key }])
  })

  it('narrows its token again', () => {
    const after = { name: 'x', scopes: ['read:tap'], expires: AT + 60, restriction: { services: ['tap'] } }
    expect(reduced('token.edit', { object: token, after })).toEqual({
      is: 'narrowed',
      key: token.id,
      username: 'ada',
      to: { scopes: ['read:tap'], expires: AT + 60, restriction: { services: ['tap'] } },
    })
  })

  it.each([
    ['account.disable', { object: account }, { is: 'disabled', username: 'ada' }],
    ['passkey.delete', { object: account, before: { passkey: 'PK' } }, { is: 'passkey', username: 'ada', id: 'PK' }],
    [
      'program.remove',
      { object: { type: 'program', id: 'P1' }, after: { email: 'a@b.c' } },
      { is: 'grant', program: 'P1', email: 'a@b.c' },
    ],
    ['program.delete', { object: { type: 'program', id: 'P1' } }, { is: 'program', id: 'P1' }],
    ['oidc-client.delete', { object: { type: 'oidc-client', id: 'c1' } }, { is: 'client', id: 'c1' }],
    [
      'consent.withdraw',
      { object: { type: 'oidc-client', id: 'c1', owner: 'ada' } },
      { is: 'consent', username: 'ada', clientId: 'c1' },
    ],
    ['revoke.all', { before: { issuedBefore: '2027-01-15T08:00:00Z' } }, { is: 'everything', issuedBefore: AT }],
    ['lockdown.on', { after: { reason: 'a break-in' } }, { is: 'lockdown', reason: 'a break-in' }],
  ] as const)('is done again: %s', (action, more, expected) => {
    expect(reduced(action, more)).toEqual(expected)
  })

  it.each(['account.password', 'account.release', 'account.rebind'] as const)(
    'suspends its user where an event has too little to do it again: %s',
    (action) => expect(reduced(action, { object: account })).toMatchObject({ is: 'suspended', username: 'ada' }),
  )

  it.each(['program.load', 'oidc-client.edit', 'oidc-client.secret', 'quota.replace', 'quota.delete'] as const)(
    'is left to an operator where it has no one object: %s',
    (action) => expect(reduced(action)).toMatchObject({ is: 'by hand' }),
  )

  it('of a signing key is left to an operator where the key was compromised', () => {
    expect(reduced('oidc-key.rotate')).toBeUndefined()
    expect(reduced('oidc-key.rotate', { details: { compromised: true } })).toMatchObject({ is: 'by hand' })
  })

  it('of an action that this version does not know is left to an operator', () => {
    const known = event('token.revoke')
    const later = { ...known, event: { ...(known.event as object), action: 'token.shred' } }
    expect(reductionOf(later)?.reduction).toMatchObject({
      is: 'by hand',
      remedy: expect.stringContaining('token.shred'),
    })
  })

  it('was refused: nothing is taken away', () => {
    expect(reduced('token.revoke', { object: token, code: 'permission_denied' })).toBeUndefined()
  })

  it('is in the journal, and an act that gives is not', () => {
    const kept = (Object.keys(AUDIT_ACTIONS) as AuditAction[]).filter(takesAway)
    expect(kept).toContain('token.revoke')
    expect(kept.filter((action) => /create|sign-in$|enter|give|grant$/.test(action))).toEqual([])
  })
})

describe('acts that took away', () => {
  const timed = (at: number, action: AuditAction, more: Partial<AuditEvent>) => {
    const found = reductionOf(event(action, { at, ...more }))
    if (!found) throw new Error(action)
    return found
  }
  const disabled = timed(AT + 1, 'account.disable', { object: account })
  const enabled = timed(AT + 2, 'account.enable', { object: account })

  it('are done once, though two logs have them, and in the order of their times', () => {
    const later = timed(AT + 3, 'program.delete', { object: { type: 'program', id: 'P1' } })
    expect(settle([later, disabled, later])).toEqual([disabled.reduction, later.reduction])
  })

  it('are not done where they were taken back later', () => {
    expect(settle([enabled, disabled])).toEqual([])
    expect(settle([disabled, { ...enabled, at: AT }])).toEqual([disabled.reduction])
  })

  it('are done for a user whose password was changed, though the account was enabled later', () => {
    const password = timed(AT, 'account.password', { object: account })
    expect(settle([password, disabled, enabled])).toEqual([password.reduction])
  })

  it('do not have a lockdown that is over', () => {
    const [on, off] = [timed(AT, 'lockdown.on', {}), timed(AT + 1, 'lockdown.off', {})]
    expect([settle([on, off]), settle([on])]).toEqual([[], [{ is: 'lockdown' }]])
  })
})

describe('a log of revocations', () => {
  const read = (...lines: readonly string[]) => {
    const log = new RevocationLog(AT)
    for (const line of lines) log.add(line)
    return log
  }
  const at = (seconds: number) => JSON.stringify(event('token.revoke', { at: AT + seconds, object: token }))

  it('has what was done after the backup, and in the minute before: its commit may have come later', () => {
    const log = read(at(-61), at(-60), at(5))
    expect(log.found.map((each) => each.at - AT)).toEqual([-60, 5])
  })

  it('takes lines of a log, of syslog, and others between them', () => {
    const line = { level: 30, time: '2027-01-15T07:00:00.123Z', ...event('sign-out', { at: AT + 9, object: token }) }
    const log = read('Postern is at …', JSON.stringify(line), `<110>1 2027 host postern - audit - ${at(8)}`, '')
    expect(log.found.map((each) => each.at - AT)).toEqual([9, 8])
  })

  it('reaches back when it has a line of before the backup, of whatever kind', () => {
    const before = '{"level":30,"time":"2027-01-15T07:59:59.000Z","msg":"Listening"}'
    expect([read(before, at(5)).reachesBack, read(at(5)).reachesBack, read().reachesBack]).toEqual([true, false, false])
  })

  it('names the lines that are events and were cut off', () => {
    expect(read(at(1), at(2).slice(0, -5), 'a plain line').unreadable).toEqual([2])
  })
})
