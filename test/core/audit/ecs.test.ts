import { describe, expect, it } from '@jest/globals'
import type { AuditAction } from '../../../server/core/audit/actions.js'
import { AUDIT_ACTIONS } from '../../../server/core/audit/actions.js'
import { exportEvent } from '../../../server/core/audit/ecs.js'
import type { AuditEvent } from '../../../server/core/audit/event.js'
import type { ActId } from '../../../server/core/token/act.js'
import type { TokenKey } from '../../../server/core/token/token.js'

const KEY = `gt-${'k'.repeat(22)}` as TokenKey
const SECRET = 's'.repeat(22)

const EVENT: AuditEvent = {
  id: 'e1',
  at: 1_800_000_000,
  action: 'token.revoke',
  actor: { username: 'ada', address: '192.0.2.7', token: KEY, session: KEY, requestId: 'r-12345678', via: 'api' },
  object: { type: 'token', id: KEY, owner: 'bob' },
  before: { scopes: ['read:tap'], name: undefined },
}

describe('an exported audit event', () => {
  it('has the field names of the Elastic Common Schema, and no absent values', () => {
    expect(exportEvent(EVENT)).toEqual({
      '@timestamp': '2027-01-15T08:00:00Z',
      ecs: { version: '8.17.0' },
      event: {
        id: 'e1',
        kind: 'event',
        dataset: 'postern.audit',
        category: ['iam'],
        type: ['deletion'],
        action: 'token.revoke',
        outcome: 'success',
      },
      user: { name: 'ada', target: { name: 'bob' } },
      source: { ip: '192.0.2.7' },
      http: { request: { id: 'r-12345678' } },
      postern: {
        channel: 'api',
        token: KEY,
        session: KEY,
        object: { type: 'token', id: KEY },
        before: { scopes: ['read:tap'] },
      },
    })
  })

  it('says of which act on many tokens it is', () => {
    const act = 'a'.repeat(22) as ActId
    expect(exportEvent({ ...EVENT, actor: { ...EVENT.actor, act } })).toMatchObject({ postern: { act } })
  })

  it('of a refusal is a failure with the reason code', () => {
    const refused = exportEvent({ ...EVENT, code: 'permission_denied' })
    expect(refused).toMatchObject({ event: { outcome: 'failure', reason: 'permission_denied', type: ['denied'] } })
  })

  it('has no secret of a token, wherever a client put it', () => {
    const leaked = `${KEY}.${SECRET}`
    const event = {
      ...EVENT,
      object: { type: 'token', id: leaked },
      before: { list: [`x${leaked}y`], [leaked]: { deep: leaked } },
      request: { path: `/a/${leaked}/b` },
    } as const
    const text = JSON.stringify(exportEvent(event))
    expect(text).not.toContain(SECRET)
    expect(text).toContain(`/a/${KEY}.[secret]/b`)
  })

  it('is bounded, however long a path is', () => {
    expect(JSON.stringify(exportEvent({ ...EVENT, request: { path: 'x'.repeat(60_000) } })).length).toBeLessThan(3_000)
  })

  it('has at most 200 entries of a list or an object that a client sent', () => {
    const many = Array.from({ length: 300 }, (_, n) => n)
    const before = { list: many, object: Object.fromEntries(many.map((n) => [`n${n}`, n])) }
    const exported = exportEvent({ ...EVENT, before }) as { postern: { before: typeof before } }
    expect(exported.postern.before.list).toHaveLength(200)
    expect(Object.keys(exported.postern.before.object)).toHaveLength(200)
  })

  it('keeps that a token had no end, which is another fact than that the end is not told', () => {
    const exported = exportEvent({ ...EVENT, before: { expires: null }, after: { list: [null] } })
    expect(exported).toMatchObject({ postern: { before: { expires: null }, after: { list: [null] } } })
  })

  it('of a refused request names the method and the status, and needs no object', () => {
    const { object: _object, ...act } = EVENT
    const exported = exportEvent({ ...act, request: { method: 'POST', path: '/auth/tokens', status: 403 } })
    expect(exported).toMatchObject({
      http: { request: { method: 'POST' }, response: { status_code: 403 } },
      url: { original: '/auth/tokens' },
    })
    expect(exported.postern).not.toHaveProperty('object')
    expect(exported.user).toEqual({ name: 'ada' })
  })

  it.each(Object.keys(AUDIT_ACTIONS) as AuditAction[])('of the action %s is classified', (action) => {
    expect(exportEvent({ ...EVENT, action })).toMatchObject({
      event: { action, category: [expect.any(String)], type: [expect.any(String)] },
    })
  })
})
