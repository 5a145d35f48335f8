import { describe, expect, it } from '@jest/globals'
import { exportEvent } from '../../../server/core/audit/ecs.js'
import type { AuditEvent } from '../../../server/core/audit/event.js'
import { readEvent, summaryOf } from '../../../server/core/audit/read-event.js'
import { fieldsOf, termOf, termsOf } from '../../../server/core/audit/terms.js'
import type { ActId } from '../../../server/core/token/act.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const KEY = 'k'.repeat(22) as TokenKey
const ACT = 'a'.repeat(22) as ActId

const EVENT: AuditEvent = {
  id: 'e1',
  at: 1_800_000_000,
  action: 'token.revoke',
  actor: { username: 'root', address: '192.0.2.7', token: KEY, requestId: 'r-1', act: ACT },
  object: { type: 'token', id: 'o'.repeat(22), owner: 'forty' },
  reason: 'leaked laptop',
}
const EXPORTED = exportEvent(EVENT)

describe('the values that an audit event is found by', () => {
  it('are its actor, owner, object, token, address, request, act and outcome', () => {
    expect(termsOf(EXPORTED)).toEqual({
      actor: 'root',
      owner: 'forty',
      object: 'o'.repeat(22),
      token: KEY,
      address: '192.0.2.7',
      requestId: 'r-1',
      act: ACT,
      refused: false,
    })
    expect(termsOf(exportEvent({ ...EVENT, code: 'permission_denied' })).refused).toBe(true)
  })

  it.each([[{}], [{ user: 'ada' }], [{ user: null, postern: [] }], [{ source: { ip: 7 } }]])(
    'are none of an event without them: %j',
    (event) => {
      const { refused, ...terms } = termsOf(event)
      expect([refused, ...Object.values(terms)]).toEqual([false, ...Array.from({ length: 7 }, () => null)])
    },
  )

  it.each(['fe80::1%eth0', 'unknown', '', '192.0.2.7, 10.0.0.1', '192.0.2.256'])(
    'are without an address that PostgreSQL would reject: %s',
    (ip) => expect(termsOf({ source: { ip } }).address).toBeNull(),
  )

  it('are short enough for an index, and without the character that no text of PostgreSQL has', () => {
    expect(Buffer.byteLength(termOf('\u{1F511}'.repeat(1000)))).toBeLessThan(1000)
    expect(termOf('a\0b')).toBe('a\uFFFDb')
  })
})

describe('an audit event to its reader', () => {
  it('is what a list shows, without absent values', () => {
    expect(summaryOf(EXPORTED)).toEqual({
      action: 'token.revoke',
      actor: 'root',
      object: { type: 'token', id: 'o'.repeat(22) },
      owner: 'forty',
      address: '192.0.2.7',
      requestId: 'r-1',
      act: ACT,
      reason: 'leaked laptop',
    })
    expect(summaryOf({})).toEqual({ action: '' })
  })

  it('has every value under the path of its field', () => {
    const fields = fieldsOf({ b: { list: ['x', 'y'], deep: { no: null } }, a: 1, rows: [{ n: 1 }, { n: 2 }] })
    expect(fields).toEqual([
      ['b.list', 'x y'],
      ['b.deep.no', 'null'],
      ['a', '1'],
      ['rows.0.n', '1'],
      ['rows.1.n', '2'],
    ])
  })

  it.each(['', 'x', '[1', '7', 'null', '"a"'])('is empty when it was edited to be no object: %s', (text) => {
    expect(readEvent(text)).toEqual({})
  })
})
