import { beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { personTopic } from '../../../server/storage/cache/topic.js'
import { listNotices } from '../../../server/storage/postgres/notices/notices.js'
import { noticeSentence } from '../../../server/tokens/notices/sentence.js'
import { ENGLISH } from '../../../server/words/words.js'
import { create, TOKEN, useSite } from '../../pages/support/site.js'
import { signedIn } from '../../support/clients/visitor.js'
import { ASKED } from '../../support/postern.js'

const { site, someone } = useSite()
let ada: string
let token: string

beforeAll(async () => {
  ada = someone()
  const visitor = await signedIn(site(), ada, ['users', 'admins'])
  const { text } = await create(visitor, { name: 'nightly', scope: ['exec:admin', 'read:tap'] })
  ;[token = ''] = TOKEN.exec(text) ?? []
})

async function use(scope: string): Promise<number> {
  const { status } = await request(site().server)
    .get(`/ingress/auth?scope=${scope}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
  await site().context.usage.flush(site().context)
  return status
}

async function lostPermissions(): Promise<string[]> {
  const { notices } = await listNotices(site().context.postgres, ada)
  return notices.filter(({ kind }) => kind === 'permissionLost').map((each) => noticeSentence(each, ENGLISH))
}

async function leave(group: string): Promise<void> {
  const { postgres, invalidations } = site().context
  await postgres.prisma.groupMember.deleteMany({ where: { username: ada, group } })
  await invalidations.publish([personTopic(ada)])
}

describe('the owner of a token that is refused', () => {
  it('is told once of a permission that no group of theirs gives any more', async () => {
    expect([await use('exec:admin'), await use('read:image')]).toEqual([200, 403])
    expect(await lostPermissions()).toEqual([])
    await leave('admins')
    site().advance(86_400)
    expect(await use('exec:admin')).toBe(403)
    const told = ['The token nightly lost the permission exec:admin: your groups no longer include it.']
    expect(await lostPermissions()).toEqual(told)
    await use('exec:admin')
    site().advance(86_400)
    await use('exec:admin')
    expect(await lostPermissions()).toEqual(told)
  })

  it('is told of the next one, too', async () => {
    await leave('users')
    site().advance(86_400)
    expect(await use('read:tap')).toBe(403)
    expect(await lostPermissions()).toHaveLength(2)
  })
})

it('a token that an administrator made keeps its permissions, and its owner is told nothing', async () => {
  const eve = someone()
  token = await site().token(eve, { scopes: ['exec:admin'] })
  expect([await use('exec:admin'), await use('read:tap')]).toEqual([200, 403])
  expect(await site().context.postgres.prisma.notice.count({ where: { username: eve, kind: 'permissionLost' } })).toBe(
    0,
  )
})
