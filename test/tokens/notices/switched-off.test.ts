import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { NOTICE_KINDS } from '../../../server/core/notices/notice.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken } from '../../../server/core/token/token.js'
import { grantAccess, removeAccess } from '../../../server/programs/manage.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { liftSuspension } from '../../../server/tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../../server/tokens/incident/suspend.js'
import { revokeToken } from '../../../server/tokens/revoke.js'
import { add, BASE_URL } from '../../login/passkeys/ceremonies.js'
import { keyOf } from '../../pages/support/office.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../../support/stores/archive.js'

const made = new Map<string, string[]>()
const running: RunningPostern[] = []

/** Starts a site without one kind of notices, does what makes one of each, and returns the kinds that were made. */
async function kindsWithout(off: string): Promise<string[]> {
  const postern = await startPostern({
    baseUrl: BASE_URL,
    settings: { ...ARCHIVE_SETTINGS, notices: { [off]: false } },
  })
  running.push(postern)
  const visitor = await signedIn(postern, 'ada')
  const browser = new Visitor(postern)
  browser.agent.set('User-Agent', 'Another browser')
  await browser.signIn('ada')
  await add(visitor)
  const token = await postern.token('ada', { name: 'topcat' })
  for (const client of ['curl', 'wget']) {
    await request(postern.server)
      .get('/ingress/auth')
      .set({ ...ASKED, Authorization: `Bearer ${token}`, 'User-Agent': client })
    await postern.context.usage.flush(postern.context)
  }
  const target = { username: 'ada', key: keyOf(token) }
  await suspendTokens(postern.context, [target], { actor: { username: 'root-admin' } })
  await liftSuspension(postern.context, target, { username: 'root-admin' })
  await revokeToken(postern.context, 'ada', keyOf(token), { username: 'root-admin' })
  await loseGroup(postern)
  const actor = { username: 'root-admin' }
  const manager = { ...actor, scopes: ['admin:token'] as Scope[], mayChange: true, actor }
  await load(postern, { id: 'GO-1', public: false })
  await grantAccess(postern.context, manager, 'GO-1', 'ada@example.org')
  await removeAccess(postern.context, manager, 'GO-1', 'ada@example.org')
  const rows = await postern.context.postgres.prisma.notice.findMany({ orderBy: { id: 'asc' } })
  return rows.map(({ kind }) => kind)
}

/** A token that is refused has lost a permission with a group of its owner's. */
async function loseGroup({ server, context }: RunningPostern): Promise<void> {
  const { prisma } = context.postgres
  const wanted = { username: 'ada', type: 'user' as const, name: 'wide', scopes: ['admin:programs'] as Scope[] }
  const made = await createTokenForUser(context, wanted, { username: 'ada' })
  if (!('token' in made)) throw new Error(made.message)
  await prisma.token.update({ where: { key: made.token.key }, data: { granted: false } })
  await request(server)
    .get('/ingress/auth?scope=admin:programs')
    .set({ ...ASKED, Authorization: `Bearer ${formatToken(made.token)}` })
  await context.usage.flush(context)
}

beforeAll(async () => {
  for (const kind of NOTICE_KINDS) made.set(kind, await kindsWithout(kind))
})
afterAll(async () => {
  for (const each of running) await each.stop()
})

describe('a kind of notices that the site switches off', () => {
  it.each(NOTICE_KINDS)('%s is not made, and the others are', (off) =>
    expect(new Set(made.get(off))).toEqual(new Set(NOTICE_KINDS.filter((kind) => kind !== off))),
  )
})
