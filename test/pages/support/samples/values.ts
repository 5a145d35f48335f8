import type { ActId } from '../../../../server/core/token/act.js'
import type { TokenHistoryEntry } from '../../../../server/core/token/history.js'
import type { Scope } from '../../../../server/core/token/scope.js'
import type { TokenKey } from '../../../../server/core/token/token.js'
import type { ShownEntry } from '../../../../server/pages/admin/view-models.js'
import type { PageLayout } from '../../../../server/pages/shared/view-models.js'
import type { ListedSession, ListedToken } from '../../../../server/pages/tokens/view-models.js'

/* The values that the models of several views share. */

export const NOW = Date.UTC(2026, 10, 22, 9, 41) / 1000
export const TOKEN = 'gt-5KVApqcVbSQWtO3VIRgOhQ.zcCNbwSzCFpvHB2cTgNjVA'
export const DAY = 86_400

export const key = (mark: string) => `5KVApqcVbSQWtO3VIRgO${mark}` as TokenKey

export const layout: PageLayout = {
  site: { name: 'Example', helpLinks: [{ text: 'Help', href: '/help' }], footerHtml: 'Run by <b>us</b>' },
  now: NOW,
  csrf: 'csrf-of-ada',
  user: { username: 'ada', name: 'Ada Lovelace', administers: 'everything', investigator: true },
}

export const token: ListedToken = {
  key: key('hQ'),
  name: 'topcat-laptop',
  scopes: ['read:tap' as Scope],
  created: NOW - 3 * DAY,
  expires: NOW + 27 * DAY,
  lastUsed: { at: NOW - 180, address: '192.0.2.7', client: 'STILTS/3.5.2' },
}

export const session = (mark: string, current: boolean): ListedSession => ({
  key: key(mark),
  browser: 'Firefox on Linux',
  created: NOW - 600,
  expires: NOW + DAY,
  lastUsed: { at: NOW - 60, address: '192.0.2.8' },
  current,
  through: 'CILogon',
  signedInFrom: '198.51.100.7',
  usedWith: 'Chrome on Windows',
})

export const change: TokenHistoryEntry = {
  token: token.key,
  username: 'ada',
  tokenType: 'user',
  tokenName: 'topcat-laptop',
  scopes: token.scopes,
  actor: 'grace',
  action: 'edit',
  address: '192.0.2.9',
  at: NOW - DAY,
  old: { name: 'topcat', scopes: ['read:image' as Scope] },
}

/** An administrator ended much of one user. */
export const ended: ShownEntry = {
  change: {
    ...change,
    actor: 'ada',
    action: 'revoke',
    username: 'forty',
    act: 'a'.repeat(22) as ActId,
    reason: 'leaked laptop',
  },
  several: {
    count: 42,
    hasMore: false,
    users: 1,
    what: 'both',
    listed: ['hQ', 'pQ', 'hg', 'pg'].map((mark) => ({ ...change, token: key(mark), username: 'forty' })),
  },
  all: `/auth/admin/history?act=${'a'.repeat(22)}`,
}

export const scopes = [
  { name: 'read:image', description: 'Retrieve images' },
  { name: 'read:tap', description: 'Query tables' },
]

/** The form of a token as its user filled it in, but for the names. */
export const wanted = {
  scopes: ['read:tap'],
  expires: 'at' as const,
  expiresAt: '2026-12-19T09:41',
  tzOffset: -60,
  networks: '192.0.2.0/24',
  services: 'tap portal',
}
