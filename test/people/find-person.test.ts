import { describe, expect, it } from '@jest/globals'
import { MINUTE } from '../../server/core/time.js'
import { disableAccount } from '../../server/login/account-status.js'
import { findPerson } from '../../server/people/find-person.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { Visitor } from '../support/clients/visitor.js'
import { request } from '../support/documented.js'
import { personDn } from '../support/peers/ldap-server.js'
import { ASKED } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import {
  api,
  check,
  directory,
  nextPerson,
  others,
  postern,
  putInto,
  restarted,
  sessionOf,
  statusOf,
  vouchedFor,
} from './support/directory-site.js'

describeWith(['slapd'], 'with a directory', () => {
  it('Attack: a user name of a privileged group gives no private group of that name', async () => {
    await directory.person('admins', { uidNumber: '6004' })
    await directory.person('plain', { uidNumber: '6005' })
    const withOwnGroups = await restarted({ addUserGroup: true })
    others.push(withOwnGroups)
    expect((await findPerson(withOwnGroups.context, 'plain'))?.groups).toEqual([{ name: 'plain', id: 6005 }])
    expect((await findPerson(withOwnGroups.context, 'admins'))?.groups).toEqual([])
  })

  describe('what somebody may do', () => {
    it('follows their groups there, within five minutes', async () => {
      const ada = await vouchedFor(['g_users', 'g_imagers'])
      const session = await sessionOf(ada)
      expect([await statusOf(session), await statusOf(session, 'read:image')]).toEqual([200, 200])
      await putInto(ada, ['g_imagers'])
      postern.advance(5 * MINUTE)
      expect([await statusOf(session), await statusOf(session, 'read:image')]).toEqual([403, 200])
      await putInto(ada, ['g_imagers', 'g_users'])
      postern.advance(5 * MINUTE)
      expect(await statusOf(session)).toBe(200)
    })

    it('is nothing in particular once they are not there any more', async () => {
      const ada = await vouchedFor(['g_users'])
      const session = await sessionOf(ada)
      await putInto(ada, [])
      await directory.remove(personDn(ada))
      postern.advance(5 * MINUTE)
      expect([await statusOf(session), await statusOf(session, 'user:token')]).toEqual([403, 200])
    })

    it('is what a sign-in finds at that moment, whatever was known before', async () => {
      const ada = await vouchedFor([])
      expect((await findPerson(postern.context, ada))?.groups).toEqual([])
      await putInto(ada, ['g_users'])
      expect((await findPerson(postern.context, ada))?.groups).toEqual([])
      const session = await sessionOf(ada)
      expect(await statusOf(session)).toBe(200)
    })

    it('ends at once when they are disabled here', async () => {
      const ada = await vouchedFor(['g_users'])
      const session = await sessionOf(ada)
      expect(await statusOf(session)).toBe(200)
      await disableAccount(postern.context, ada, { username: '<operator>' })
      expect(await statusOf(session)).toBe(401)
    })

    it('stays what an administrator gave a token, and a quota goes by the groups there', async () => {
      const bot = await postern.token('bot-somebody', { scopes: ['read:image'] })
      expect(await statusOf(bot, 'read:image')).toBe(200)
      const [few, more] = [await vouchedFor(['g_users']), await vouchedFor(['g_users', 'g_imagers'])]
      for (const [username, limit] of [
        [few, '5'],
        [more, '8'],
      ] as const) {
        const { headers } = await request(postern.server)
          .get('/ingress/auth?service=tap')
          .set({ ...ASKED, Authorization: `Bearer ${await sessionOf(username)}` })
        expect(headers['x-ratelimit-limit']).toBe(limit)
      }
    })
  })

  describe('a local account', () => {
    it('that the directory does not have has the groups that it has here', async () => {
      await postern.account('emergency', ['admins'])
      const visitor = new Visitor(postern)
      expect((await visitor.signIn('emergency')).status).toBe(303)
    })

    it('has the directory’s groups where the directory has it', async () => {
      await postern.account('both', ['admins'])
      await directory.person('both')
      await putInto('both', ['g_users'])
      expect((await findPerson(postern.context, 'both'))?.groups?.map(({ name }) => name)).toEqual(['g_users'])
    })

    it('that is in no group that gives anything is told so, and whom to ask, and gets no session', async () => {
      await postern.account('outsider', ['elsewhere'])
      const visitor = new Visitor(postern)
      const response = await visitor.signIn('outsider')
      expect(response.status).toBe(403)
      expect(response.text).toContain('not in a group that has access')
      for (const whom of [
        'administrators to add you to a group',
        'mailto:help@example.org',
        'https://docs.example.org/access',
      ])
        expect(response.text).toContain(whom)
      expect(response.headers['set-cookie'] ?? []).not.toContainEqual(expect.stringMatching(/^postern=./))
      expect(await listSessions(postern.context, 'outsider', postern.now())).toEqual([])
      expect(await postern.context.postgres.prisma.tokenChange.count({ where: { username: 'outsider' } })).toBe(0)
    })
  })

  describe('an entry there that cannot be used', () => {
    // These take any text; slapd lets no other into uidNumber and gidNumber.
    const FREE = { uidAttr: 'departmentNumber', gidAttr: 'employeeNumber' }

    it.each([
      ['a UID that is no number', 'departmentNumber', 'bogus'],
      ['the GID of root', 'employeeNumber', '0'],
    ])('for %s is no outage: 500, and the log says what to correct', async (_fault, attribute, value) => {
      const site = await restarted(FREE)
      others.push(site)
      const ada = await vouchedFor(['g_users'])
      const session = await sessionOf(ada, site)
      await directory.person(ada, { [attribute]: value })
      site.advance(5 * MINUTE)
      const failed = { detail: [{ msg: 'Unable to get user information', type: 'user_info_failed' }] }
      const info = await request(site.server)
        .get('/auth/api/v1/user-info')
        .set({ Authorization: `Bearer ${session}` })
      for (const response of [info, await check(session, 'read:tap', site)]) {
        expect([response.status, response.body]).toEqual([500, failed])
        expect(response.headers['www-authenticate']).toBeUndefined()
      }
      expect(site.logged()).toContain(`${attribute} is \\"${value}\\"`)
      expect(site.logged()).not.toContain('store unavailable')
    })
  })

  it('somebody’s requests together are one search, and the next minutes’ none', async () => {
    const ada = await vouchedFor(['g_users'])
    const session = await sessionOf(ada)
    postern.advance(5 * MINUTE)
    const before = directory.searches()
    await Promise.all(Array.from({ length: 20 }, () => check(session)))
    for (let minute = 0; minute < 4; minute += 1) {
      await check(session)
      postern.advance(59)
    }
    // One for the entry and one for the groups.
    expect(directory.searches() - before).toBe(2)
  })

  describe('the API', () => {
    it('says who somebody is, as the directory does', async () => {
      const ada = await vouchedFor(['g_imagers', 'g_users'])
      const { body } = await api('/user-info', await sessionOf(ada))
      expect(body).toEqual({
        username: ada,
        name: 'Some Body',
        uid: 5000 + nextPerson,
        groups: [
          { name: 'g_imagers', id: 6002 },
          { name: 'g_users', id: 6001 },
        ],
        quota: { api: { tap: 8 }, disk: {}, tap: {} },
      })
    })

    const IMAGER = [
      { name: 'g_imagers', id: 6002 },
      { name: 'g_users', id: 6001 },
    ]

    it('lists everybody whom any source has, and every group, those of the system apart', async () => {
      const ada = await vouchedFor(['g_users', 'g_imagers'])
      await directory.person('only-there', { displayName: 'Only There' })
      await postern.account('only-here', ['users'])
      const token = await postern.token('lister', { scopes: ['admin:userinfo'] })
      const { body: users } = await api('/users', token)
      expect(users).toEqual(
        expect.arrayContaining([
          { username: ada, name: 'Some Body', uid: 5000 + nextPerson, groups: IMAGER },
          { username: 'only-there', name: 'Only There' },
          expect.objectContaining({ username: 'only-here', groups: [expect.objectContaining({ name: 'users' })] }),
        ]),
      )
      const { body: groups } = await api('/groups', token)
      const names = groups.user.map(({ name }: { name: string }) => name)
      expect(names).toEqual(expect.arrayContaining(['g_users', 'users']))
      expect(names).not.toContain('g_imagers')
      expect(names).toEqual([...names].sort())
      expect(groups.system).toEqual([{ name: 'g_imagers', id: 6002 }])
    })
  })
})
