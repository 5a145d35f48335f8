import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scope } from '../../server/core/token/scope.js'
import { Secret } from '../../server/core/token/secret.js'
import { parseToken, type Token } from '../../server/core/token/token.js'
import { disableAccount } from '../../server/login/account-status.js'
import { addAccount } from '../../server/people/add-account.js'
import { personTopic } from '../../server/storage/cache/topic.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createUserToken } from '../../server/tokens/create-user-token.js'
import { openSession } from '../../server/tokens/open-session.js'
import { PASSWORD, type RunningPostern, startPostern } from '../support/postern.js'
import { savePerson } from '../support/save-person.js'

const GROUP_MAPPING = { 'read:tap': ['users'], 'read:image': ['imagers'], 'admin:token': ['admins'] }

let postern: RunningPostern
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({ settings: { groupMapping: GROUP_MAPPING } })
})
afterAll(() => postern.stop())

const someone = () => `member-${++nextUser}`
const scopesOf = async (token: Token) => (await authenticate(postern.context, token))?.scopes

/** What an identity provider says of somebody at sign-in. */
function signedIn(username: string, groups: readonly string[], provider = 'institute'): Promise<boolean> {
  const person = { username, groups: groups.map((name, index) => ({ name, id: 2000 + index })) }
  return savePerson(postern.context, provider, person, postern.now())
}

async function sessionOf(username: string): Promise<Token> {
  return parseToken(await postern.session(username)) as Token
}

/** A user token with all that its owner may do. */
async function tokenOf(session: Token): Promise<Token> {
  const creator = await authenticate(postern.context, session)
  if (!creator) throw new Error('The session is over')
  const wish = { name: 'topcat', scopes: creator.scopes }
  const made = await createUserToken(postern.context, creator, wish, { username: creator.username })
  if (!('token' in made)) throw new Error(made.message)
  return made.token
}

/** The session of somebody who has signed in through a provider. */
function openedFor(username: string, scopes: readonly string[]): Promise<Token> {
  return openSession(postern.context, { username, scopes: scopes as Scope[] }, {})
}

/** There is no command for it yet: as one would, it tells every process. */
async function inGroups(username: string, groups: readonly string[]): Promise<void> {
  const { prisma } = postern.context.postgres
  await prisma.groupMember.deleteMany({ where: { username } })
  await prisma.groupMember.createMany({ data: groups.map((group) => ({ username, group })) })
  await postern.context.invalidations.publish([personTopic(username)])
}

describe('when somebody’s groups change', () => {
  it('their sessions and tokens can do less with the next check, and more again when they are back', async () => {
    const ada = someone()
    await postern.account(ada, ['users', 'imagers'])
    const session = await sessionOf(ada)
    const token = await tokenOf(session)
    await inGroups(ada, ['users'])
    for (const each of [session, token]) expect(await scopesOf(each)).toEqual(['read:tap', 'user:token'])
    await inGroups(ada, ['users', 'imagers'])
    for (const each of [session, token]) expect(await scopesOf(each)).toEqual(['read:image', 'read:tap', 'user:token'])
  })

  it('so do the tokens of somebody whom a provider vouches for, when they next sign in', async () => {
    const grace = someone()
    expect(await signedIn(grace, ['users', 'imagers'])).toBe(true)
    const token = await tokenOf(await openedFor(grace, ['read:image', 'read:tap', 'user:token']))
    expect(await scopesOf(token)).toEqual(['read:image', 'read:tap', 'user:token'])
    expect(await signedIn(grace, ['users'])).toBe(true)
    expect(await scopesOf(token)).toEqual(['read:tap', 'user:token'])
  })
})

describe('a user name', () => {
  it('that one provider brought is not given to whoever has it at another', async () => {
    const ada = someone()
    expect(await signedIn(ada, ['users'])).toBe(true)
    expect(await signedIn(ada, ['admins'], 'elsewhere')).toBe(false)
    const known = await postern.context.postgres.prisma.person.findUnique({ where: { username: ada } })
    expect(known).toMatchObject({ provider: 'institute', groups: [{ name: 'users', id: 2000 }] })
  })

  it('of a local account is not given to whoever has it at a provider, nor the other way round', async () => {
    const [local, remote] = [someone(), someone()]
    await postern.account(local)
    expect(await signedIn(local, ['admins'])).toBe(false)
    expect(await postern.context.postgres.prisma.person.count({ where: { username: local } })).toBe(0)
    await signedIn(remote, ['users'])
    const account = { username: remote, password: new Secret(PASSWORD), groups: [] }
    expect(await addAccount(postern.context, account)).toMatchObject({ code: 'account_exists' })
    expect(await postern.context.postgres.prisma.account.count({ where: { username: remote } })).toBe(0)
  })
})

it('a disabled person’s tokens are refused, whoever vouches for them', async () => {
  const mallory = someone()
  await signedIn(mallory, ['users'])
  const token = await tokenOf(await openedFor(mallory, ['read:tap', 'user:token']))
  expect(await scopesOf(token)).toEqual(['read:tap', 'user:token'])
  expect(await disableAccount(postern.context, mallory, { username: '<operator>' })).toMatchObject({ sessionsEnded: 1 })
  expect(await authenticate(postern.context, token)).toBeUndefined()
})
