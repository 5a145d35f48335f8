import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { STALE_ANSWER_TTL } from '../../server/core/people/merge-sources.js'
import { MINUTE } from '../../server/core/time.js'
import { type Scope, scopesOfGroups } from '../../server/core/token/scope.js'
import { formatToken } from '../../server/core/token/token.js'
import { disableAccount } from '../../server/login/account-status.js'
import { findAtSignIn, findPerson } from '../../server/people/find-person.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { openSession } from '../../server/tokens/open-session.js'
import { Visitor } from '../support/clients/visitor.js'
import { request } from '../support/documented.js'
import { eventually } from '../support/eventually.js'
import { type DirectoryServer, personDn, startDirectoryServer } from '../support/peers/ldap-server.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'
import { savePerson } from '../support/save-person.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const GROUP_MAPPING = { 'read:tap': ['g_users'], 'read:image': ['g_imagers'], 'admin:token': ['admins'] }
const QUOTA = { default: { api: { tap: 5 } }, groups: { g_imagers: { api: { tap: 3 } } } }

describeWith(['slapd'], 'with a directory', () => {
  let directory: DirectoryServer
  let relay: Relay
  let postern: RunningPostern
  let stores: { databaseUrl: string; redisUrl: string; secret: string }
  const others: RunningPostern[] = []
  let nextPerson = 0

  beforeAll(async () => {
    directory = await startDirectoryServer()
    stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis(), secret: 'x'.repeat(64) }
  })
  afterAll(() => directory.stop())
  beforeEach(async () => {
    relay = await startRelay(directory.url)
    postern = await restarted()
  })
  afterEach(async () => {
    for (const each of [postern, ...others.splice(0)]) await each.stop()
    await relay.stop()
  })

  /** Postern on the same stores and master secret, with an empty cache. */
  const restarted = (ldap: Readonly<Record<string, unknown>> = {}) =>
    startPostern({
      ...stores,
      settings: {
        groupMapping: GROUP_MAPPING,
        quota: QUOTA,
        ldap: directory.settings({ url: relay.url, ...ldap }),
        errorFooter: 'Write to <a href="mailto:help@example.org">the help desk</a>.',
        site: { helpLinks: [{ text: 'Who may come in', href: 'https://docs.example.org/access' }] },
      },
    })

  it('Attack: a user name of a privileged group gives no private group of that name', async () => {
    await directory.person('admins', { uidNumber: '6004' })
    await directory.person('plain', { uidNumber: '6005' })
    const withOwnGroups = await restarted({ addUserGroup: true })
    others.push(withOwnGroups)
    expect((await findPerson(withOwnGroups.context, 'plain'))?.groups).toEqual([{ name: 'plain', id: 6005 }])
    expect((await findPerson(withOwnGroups.context, 'admins'))?.groups).toEqual([])
  })

  /** A user whom a provider such as CILogon signs in: it gives their user name alone. */
  async function vouchedFor(groups: readonly string[], where = directory): Promise<string> {
    const username = `person-${++nextPerson}`
    await where.person(username, { displayName: 'Some Body', uidNumber: String(5000 + nextPerson) })
    await putInto(username, groups)
    expect(await savePerson(postern.context, 'cilogon', { username }, postern.now())).toBe(true)
    return username
  }

  const memberships = new Map<string, Set<string>>()
  async function putInto(username: string, groups: readonly string[]): Promise<void> {
    const gids: Record<string, string> = { g_users: '6001', g_imagers: '6002', admins: '6003' }
    for (const [group, gid] of Object.entries(gids)) {
      const members = memberships.get(group) ?? new Set()
      if (groups.includes(group)) members.add(username)
      else members.delete(username)
      memberships.set(group, members)
      await directory.group(group, gid, [...members])
    }
  }

  /** The session of somebody who has just signed in. */
  async function sessionOf(username: string, at = postern): Promise<string> {
    const groups = (await findAtSignIn(at.context, username))?.groups?.map(({ name }) => name) ?? []
    const scopes = scopesOfGroups(groups, at.context.settings.groupMapping)
    return formatToken(await openSession(at.context, { username, scopes, groups }, {}))
  }

  const check = (token: string, scope = 'read:tap', at = postern) =>
    request(at.server)
      .get(`/ingress/auth?scope=${scope}`)
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
  const statusOf = async (...asked: Parameters<typeof check>) => {
    const { status, headers } = await check(...asked)
    return Number(headers['x-error-status'] ?? status)
  }
  const api = (path: string, token: string) =>
    request(postern.server)
      .get(`/auth/api/v1${path}`)
      .set({ Authorization: `Bearer ${token}` })
  const kept = async (username: string) =>
    eventually(async () => {
      const found = await postern.context.postgres.prisma.directoryAnswer.findUnique({ where: { username } })
      if (!found) throw new Error('not written yet')
      return found
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

    it.each(['cut', 'hang'] as const)('signs in and works while the directory is away (%s)', async (how) => {
      const fresh = await restarted()
      others.push(fresh)
      await relay[how]()
      await fresh.account('emergency', ['admins'])
      const visitor = new Visitor(fresh)
      expect((await visitor.signIn('emergency')).status).toBe(303)
      expect((await visitor.get('/auth/tokens')).status).toBe(200)
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
      expect(response.text).toContain('in no group that may use this site')
      for (const whom of ['Ask the administrators', 'mailto:help@example.org', 'https://docs.example.org/access'])
        expect(response.text).toContain(whom)
      expect(response.headers['set-cookie'] ?? []).not.toContainEqual(expect.stringMatching(/^postern=./))
      expect(await listSessions(postern.context, 'outsider', postern.now())).toEqual([])
      expect(await postern.context.postgres.prisma.tokenChange.count({ where: { username: 'outsider' } })).toBe(0)
    })
  })

  describe.each(['cut', 'hang'] as const)('while the directory is away (%s)', (how) => {
    it('its last word counts, for whoever was here lately and even after a restart, and nobody gains by it', async () => {
      const [ada, grace] = [await vouchedFor(['g_users', 'g_imagers']), await vouchedFor(['g_users'])]
      const [adas, graces] = [await sessionOf(ada), await sessionOf(grace)]
      await putInto(ada, ['g_users'])
      await putInto(grace, [])
      await directory.remove(personDn(grace))
      postern.advance(5 * MINUTE)
      expect(await statusOf(adas, 'read:image')).toBe(403)
      expect(await statusOf(graces)).toBe(403)
      await eventually(async () => expect((await kept(grace)).person).toBeNull())
      await relay[how]()
      const fresh = await restarted()
      others.push(fresh)
      postern.advance(5 * MINUTE)
      for (const at of [postern, fresh]) {
        expect([await statusOf(adas, 'read:tap', at), await statusOf(adas, 'read:image', at)]).toEqual([200, 403])
        expect([await statusOf(graces, 'read:tap', at), await statusOf(graces, 'user:token', at)]).toEqual([403, 200])
      }
    })

    it('after a few days nobody can tell any more: that is an outage, and not a permission', async () => {
      const ada = await vouchedFor(['g_users'])
      const session = await sessionOf(ada)
      await kept(ada)
      await relay[how]()
      postern.advance(STALE_ANSWER_TTL + 60)
      const response = await check(session)
      expect(response.status).toBe(503)
      expect(response.headers['www-authenticate']).toBeUndefined()
      expect((await api('/user-info', session)).status).toBe(503)
      await relay.mend()
      await eventually(async () => {
        postern.advance(30)
        expect(await statusOf(session)).toBe(200)
      })
    })

    it('a token of somebody whom it never was asked for says itself what it may do', async () => {
      await relay[how]()
      const scopes = ['read:tap', 'user:token'] as Scope[]
      await savePerson(postern.context, 'cilogon', { username: `newcomer-${how}` }, postern.now())
      const token = await openSession(postern.context, { username: `newcomer-${how}`, scopes }, {})
      expect(await statusOf(formatToken(token))).toBe(200)
      // But nobody of whom nothing is known is signed in on a guess, nor told that they are in no group.
      await expect(findAtSignIn(postern.context, `newcomer-${how}`)).rejects.toMatchObject({
        name: 'DirectoryUnavailable',
      })
    })

    it('lists of people are not made up', async () => {
      await relay[how]()
      const token = await postern.token('lister', { scopes: ['admin:userinfo'] })
      expect((await api('/users', token)).status).toBe(503)
      expect((await api('/groups', token)).status).toBe(503)
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

  it('an entry that cannot be believed is an outage for that person alone, and the log names them', async () => {
    const [ada, grace] = [await vouchedFor(['g_users']), await vouchedFor(['g_users'])]
    const [adas, graces] = [await sessionOf(ada), await sessionOf(grace)]
    await directory.person(ada, { departmentNumber: 'x' })
    await postern.stop()
    const ldap = directory.settings({ url: relay.url, uidAttr: 'departmentNumber' })
    postern = await startPostern({ ...stores, settings: { groupMapping: GROUP_MAPPING, ldap } })
    expect([await statusOf(adas), await statusOf(graces)]).toEqual([503, 200])
    expect(postern.logged()).toContain(`"user":"${ada}"`)
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
        quota: { api: { tap: 8 } },
      })
    })

    it('lists everybody whom any source has, and every group', async () => {
      const ada = await vouchedFor(['g_users'])
      await directory.person('only-there', { displayName: 'Only There' })
      await postern.account('only-here', ['users'])
      const token = await postern.token('lister', { scopes: ['admin:userinfo'] })
      const { body: users } = await api('/users', token)
      expect(users).toEqual(
        expect.arrayContaining([
          { username: ada, name: 'Some Body', uid: 5000 + nextPerson, groups: [{ name: 'g_users', id: 6001 }] },
          { username: 'only-there', name: 'Only There' },
          expect.objectContaining({ username: 'only-here', groups: [expect.objectContaining({ name: 'users' })] }),
        ]),
      )
      const { body: groups } = await api('/groups', token)
      const names = groups.user.map(({ name }: { name: string }) => name)
      expect(names).toEqual(expect.arrayContaining(['g_imagers', 'g_users', 'users']))
      expect(names).toEqual([...names].sort())
    })
  })
})
