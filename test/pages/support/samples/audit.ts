import type { AuditViews, ListedEvent } from '../../../../server/pages/admin/audit/view-models.js'
import { DAY, key, layout, NOW } from './values.js'

const refused: ListedEvent = {
  id: 'a'.repeat(32),
  at: NOW - 600,
  action: 'api.call',
  code: 'permission_denied',
  actor: 'grace',
  address: '2001:db8::7',
  requestId: 'r-12345678',
}

const revoked: ListedEvent = {
  id: 'b'.repeat(32),
  at: NOW - DAY,
  action: 'token.revoke',
  actor: 'ada',
  object: { type: 'token', id: key('hQ') },
  owner: 'forty',
  href: `/auth/admin/tokens/${key('hQ')}`,
  address: '192.0.2.9',
  requestId: 'r-87654321',
  act: 'a'.repeat(22),
  reason: 'leaked laptop',
}

/** A model for each view of the audit trail. */
export const auditSamples: { readonly [V in keyof AuditViews]: AuditViews[V] } = {
  'audit/trail': {
    layout,
    values: {
      action: 'token.revoke',
      outcome: '',
      actor: 'ada',
      about: 'forty',
      address: '192.0.2.0/24',
      request: '',
      act: '',
      text: '',
      since: '2026-11-01',
      until: '',
    },
    actions: ['api.call', 'sign-in', 'token.revoke'],
    outcomes: ['done', 'refused'],
    periods: [1, 7, 30].map((days) => ({ days, href: '/auth/admin/audit?since=2026-11-22' })),
    downloads: [{ format: 'CSV', href: '/auth/admin/audit.csv' }],
    errors: [],
    events: [refused, { id: 'c'.repeat(32), at: NOW - 900, action: 'check', code: 'no_authorization' }, revoked],
    newer: '/auth/admin/audit?cursor=p1_1',
    older: '/auth/admin/audit?cursor=1_1',
  },
  'audit/event': {
    layout,
    event: revoked,
    fields: [
      ['@timestamp', '2026-11-21T09:41:00Z'],
      ['event.action', 'token.revoke'],
      ['event.category', 'iam'],
      ['http.request.id', 'r-87654321'],
      ['postern.before.scopes', 'read:tap read:image exec:notebook'],
      ['postern.object.id', key('hQ')],
      ['postern.reason', 'leaked laptop'],
      ['source.ip', '192.0.2.9'],
      ['user.name', 'ada'],
    ],
    link: { position: 4711, hash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', fits: true },
    sameRequest: '/auth/admin/audit?request=r-87654321',
    sameAct: `/auth/admin/audit?act=${'a'.repeat(22)}`,
  },
}
