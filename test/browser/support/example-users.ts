import { labelsOf } from '../../../server/core/tallies/check-outcome.js'
import { DAY, HOUR, MINUTE } from '../../../server/core/time.js'
import type { Scope } from '../../../server/core/token/scope.js'
import { formatToken, parseToken, type Token } from '../../../server/core/token/token.js'
import { addAccount } from '../../../server/people/add-account.js'
import { generatePassword } from '../../../server/people/generate-password.js'
import { refuseName } from '../../../server/people/refuse-name.js'
import { saveIdentity } from '../../../server/people/save-identity.js'
import { grantAccess, removeAccess } from '../../../server/programs/manage.js'
import { addTallies } from '../../../server/storage/postgres/tallies/tallies.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../../server/tokens/create-for-user.js'
import { createUserToken } from '../../../server/tokens/create-user-token.js'
import { openSession } from '../../../server/tokens/open-session.js'
import { sweepExpired } from '../../../server/tokens/sweep-expired.js'
import type { RunningPostern } from '../../support/postern.js'
import { load } from '../../support/stores/archive.js'
import { addPerson, type Client, keyOf, type SessionCookie, sessionCookie, useToken } from './browser-site.js'

const OFFICE = '192.0.2.7'
const FIREFOX: Client = {
  program: 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
  address: OFFICE,
}
const PHONE: Client = {
  program: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1',
  address: '198.51.100.23',
}
const TOPCAT: Client = { program: 'TOPCAT/4.10-2 STIL/4.3-2 Java/17.0.12', address: OFFICE }
const PIPELINE: Client = { program: 'python-requests/2.32.3', address: '203.0.113.40' }
const STRANGER: Client = {
  program: 'python-requests/2.32.3 (Linux-6.12.0-x86_64-with-glibc2.41) CPython/3.13.5',
  address: '2001:db8:85a3:1f2:9c4e:7b00:8a2e:7334',
}

/** A well-known astronomer, in the middle of her work. */
export interface Example {
  readonly username: string
  readonly cookie: SessionCookie
  /** Keys of her tokens. */
  readonly live: string
  readonly revoked: string
  readonly expired: string
}

/** An administrator with something to look at: two service tokens, and a user with many tokens. */
export async function addAdministrator(site: RunningPostern): Promise<SessionCookie> {
  await site.account('grace', ['admins', 'users'])
  await site.account('ada-of-the-long-name-who-works-on-something')
  for (const username of ['bot-nightly-pipeline', 'bot-alert-broker']) {
    const wanted = { username, type: 'service' as const, scopes: ['read:image', 'read:tap'] as Scope[] }
    await createTokenForUser(site.context, wanted, { username: 'grace', address: OFFICE })
  }
  return sessionCookie(site, 'grace', FIREFOX)
}

/** An administrator who signed in an hour ago, and is asked to sign in again for dangerous acts. */
export async function addStaleAdministrator(site: RunningPostern): Promise<SessionCookie> {
  await site.account('hedy', ['admins', 'users'])
  const cookie = await sessionCookie(site, 'hedy', FIREFOX)
  const scopes = ['admin:token', 'read:tap', 'user:token'] as Scope[]
  const person = { username: 'hedy', scopes, groups: ['admins', 'users'] }
  const token = await openSession(site.context, person, { authenticated: site.now() - HOUR })
  return { ...cookie, value: formatToken(token) }
}

/** A user whose password was printed, and who has yet to sign in; returns the password. */
export async function addPrinted(site: RunningPostern, username: string): Promise<string> {
  const password = generatePassword(site.context.random)
  await addAccount(site.context, { username, password, groups: [{ name: 'users' }], mustChangePassword: true })
  return password.reveal()
}

/** A user who was an administrator when they created a token, and is none any more. */
export async function addFormerAdministrator(site: RunningPostern): Promise<Pick<Example, 'cookie' | 'live'>> {
  const username = 'former-administrator'
  await site.account(username, ['admins', 'users'])
  const creator = await authenticate(site.context, parseToken(await site.session(username)) as Token)
  const wish = { name: 'housekeeping', scopes: ['admin:userinfo', 'exec:admin', 'read:tap'] as Scope[] }
  const made = creator && (await createUserToken(site.context, creator, wish, { username }))
  await site.context.postgres.prisma.groupMember.deleteMany({ where: { username, group: 'admins' } })
  return { cookie: await sessionCookie(site, username), live: made && 'token' in made ? made.token.key : '' }
}

/** Ada's programs, as an archive tells of them; colleagues have access to the first, and one who has yet to come. */
export async function addPrograms(site: RunningPostern): Promise<void> {
  const investigators = [
    { username: 'ada', role: 'pi' },
    { username: 'grace' },
    { email: 'annie.jump.cannon@a-rather-long-department.observatory.example.edu' },
  ]
  await load(
    site,
    {
      id: 'GO-16250',
      title: 'Extremely metal-poor galaxies in the Local Volume: a complete census with deep imaging in six filters',
      period_end: site.now() + 140 * DAY,
      investigators,
    },
    { id: 'GO-15012', title: 'The dusty torus of NGC 1068', period_end: site.now() - 90 * DAY, investigators },
    { id: 'ENG-7', title: '', public: false, investigators },
    {
      id: 'GO-16999',
      title: 'Exoplanet transits',
      public: false,
      investigators: [{ username: 'henrietta', role: 'pi' }],
    },
  )
  const actor = { username: 'ada', address: OFFICE }
  const manager = { username: 'ada', scopes: ['admin:token'] as Scope[], mayChange: true, actor }
  for (const email of ['newcomer@example.org', 'henrietta.swan.leavitt@another-long-department.example.edu'])
    await grantAccess(site.context, manager, 'GO-16250', email)
  await grantAccess(site.context, manager, 'GO-16250', 'x@example.org')
  await removeAccess(site.context, manager, 'GO-16250', 'x@example.org')
  await grantAccess(site.context, manager, 'GO-16999', 'newcomer@example.org')
}

/** Users of a provider: one whose name another identity wanted, and who is to be confirmed as an investigator. */
export async function addIdentities({ context, now }: RunningPostern): Promise<void> {
  const identity = (subject: string) => ({ provider: 'institute', issuer: 'https://sso.institute.example', subject })
  const person = { username: 'henrietta', name: 'Henrietta Swan Leavitt', email: 'h.s.leavitt@institute.example' }
  await saveIdentity(context, identity('9d4c1f3e-77aa-4a51-9f0e-5d2f3c6b8a10'), person, now())
  await refuseName(context, 'henrietta', identity('f81d4fae-7dec-11d0-a765-00a0c91e6bf6'), '198.51.100.7')
}

/** Makes Ada Lovelace, with three tokens that live, and two web sessions. Two tokens more are only history. */
export async function addAda(site: RunningPostern): Promise<Example> {
  const username = 'ada'
  await addPerson(site, username, 'Ada Lovelace')
  const ago = async <T>(seconds: number, act: () => Promise<T>): Promise<T> => {
    site.advance(-seconds)
    try {
      return await act()
    } finally {
      site.advance(seconds)
    }
  }
  const create = (created: number, name: string, scopes: string[], lifetime?: number) =>
    ago(created, () =>
      site.token(username, { name, scopes, ...(lifetime !== undefined && { expires: site.now() + lifetime }) }),
    )
  const pipeline = await create(140 * DAY, 'nightly-pipeline', ['read:image', 'read:tap', 'write:files'])
  await create(25 * DAY, 'summer-school', ['exec:notebook', 'read:tap'], 30 * DAY + HOUR)
  const topcat = await create(3 * DAY, 'topcat-laptop', ['read:tap'], 30 * DAY + HOUR)
  await ago(5 * HOUR, () => useToken(site, pipeline, PIPELINE))
  await ago(DAY, () => useToken(site, topcat, STRANGER))
  await ago(3 * MINUTE, () => useToken(site, topcat, TOPCAT))

  const old = await create(60 * DAY, 'borrowed-desk', ['read:tap'])
  await ago(40 * DAY, () => site.revoke(old))
  const expired = await create(90 * DAY, 'workshop', ['read:tap'], 7 * DAY)
  await ago(83 * DAY, () => sweepExpired(site.context))

  await ago(2 * DAY, () => sessionCookie(site, username, PHONE))
  const cookie = await ago(2 * HOUR, () => sessionCookie(site, username, FIREFOX))
  return { username, cookie, live: keyOf(topcat), revoked: keyOf(old), expired: keyOf(expired) }
}

/** Makes a day of checks of three services, some of them refused. */
export async function addChecks({ context, now }: RunningPostern): Promise<void> {
  const hour = Math.floor(now() / HOUR) * HOUR
  const results = ['admitted', 'no_authorization', 'insufficient_scope', 'invalid_token', 'rate_limited'] as const
  for (let ago = 0; ago < 24; ago++) {
    const tallies = ['tap', 'images', ''].flatMap((service, index) =>
      results.map((result, at) => ({
        service,
        ...labelsOf(result),
        count: Math.ceil((1000 + 90 * ago) / 10 ** (index + at)),
      })),
    )
    await addTallies(context.postgres, 'example', { number: ago + 1, hour: hour - ago * HOUR, tallies }, now())
  }
}
