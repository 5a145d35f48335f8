import { afterAll, afterEach, beforeAll, beforeEach, expect } from '@jest/globals'
import { scopesOfGroups } from '../../../server/core/token/scope.js'
import { formatToken } from '../../../server/core/token/token.js'
import { findAtSignIn } from '../../../server/people/find-person.js'
import { openSession } from '../../../server/tokens/open-session.js'
import { request } from '../../support/documented.js'
import { eventually } from '../../support/eventually.js'
import { type DirectoryServer, startDirectoryServer } from '../../support/peers/ldap-server.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { savePerson } from '../../support/save-person.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

const GROUP_MAPPING = { 'read:tap': ['g_users'], 'read:image': ['g_imagers'], 'admin:token': ['admins'] }
const QUOTA = { default: { api: { tap: 5 } }, groups: { g_imagers: { api: { tap: 3 } } } }

export let directory: DirectoryServer
export let relay: Relay
export let postern: RunningPostern
let stores: { databaseUrl: string; redisUrl: string; secret: string }
/** Stopped after the test, as Postern itself is. */
export const others: RunningPostern[] = []
/** How many users {@link vouchedFor} has made; the last has the UID 5000 and this. */
export let nextPerson = 0

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
export const restarted = (ldap: Readonly<Record<string, unknown>> = {}) =>
  startPostern({
    ...stores,
    settings: {
      groupMapping: GROUP_MAPPING,
      quota: QUOTA,
      ldap: directory.settings({ url: relay.url, systemGroups: ['g_imagers'], ...ldap }),
      errorFooter: 'Write to <a href="mailto:help@example.org">the help desk</a>.',
      site: { helpLinks: [{ text: 'Who may come in', href: 'https://docs.example.org/access' }] },
    },
  })

/** A user whom a provider such as CILogon signs in: it gives their user name alone. */
export async function vouchedFor(groups: readonly string[]): Promise<string> {
  const username = `person-${++nextPerson}`
  await directory.person(username, { displayName: 'Some Body', uidNumber: String(5000 + nextPerson) })
  await putInto(username, groups)
  expect(await savePerson(postern.context, 'cilogon', { username }, postern.now())).toBe(true)
  return username
}

const memberships = new Map<string, Set<string>>()
/** Makes a user a member of these groups in the directory, and of no other. */
export async function putInto(username: string, groups: readonly string[]): Promise<void> {
  const gids: Record<string, string> = { g_users: '6001', g_imagers: '6002', admins: '6003' }
  for (const [group, gid] of Object.entries(gids)) {
    const members = memberships.get(group) ?? new Set()
    if (groups.includes(group)) members.add(username)
    else members.delete(username)
    memberships.set(group, members)
    await directory.group(group, gid, [...members])
  }
}

/** The session of a user who has just signed in. */
export async function sessionOf(username: string, at = postern): Promise<string> {
  const groups = (await findAtSignIn(at.context, username))?.groups?.map(({ name }) => name) ?? []
  const scopes = scopesOfGroups(groups, at.context.settings.groupMapping)
  return formatToken(await openSession(at.context, { username, scopes, groups }, {}))
}

export const check = (token: string, scope = 'read:tap', at = postern) =>
  request(at.server)
    .get(`/ingress/auth?scope=${scope}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })
export const statusOf = async (...asked: Parameters<typeof check>) => {
  const { status, headers } = await check(...asked)
  return Number(headers['x-error-status'] ?? status)
}
export const api = (path: string, token: string) =>
  request(postern.server)
    .get(`/auth/api/v1${path}`)
    .set({ Authorization: `Bearer ${token}` })
/** The directory's answer of a user, as it is stored. */
export const kept = async (username: string) =>
  eventually(async () => {
    const found = await postern.context.postgres.prisma.directoryAnswer.findUnique({ where: { username } })
    if (!found) throw new Error('not written yet')
    return found
  })
