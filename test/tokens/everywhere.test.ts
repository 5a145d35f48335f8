import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Scope } from '../../server/core/token/scope.js'
import { Secret } from '../../server/core/token/secret.js'
import type { Token, TokenKey } from '../../server/core/token/token.js'
import { disableAccount } from '../../server/login/account-status.js'
import { changePassword } from '../../server/login/change-password.js'
import { addAccount } from '../../server/people/add-account.js'
import type { Context } from '../../server/storage/context.js'
import { authenticate } from '../../server/tokens/authenticate.js'
import { createTokenForUser } from '../../server/tokens/create-for-user.js'
import { createUserToken } from '../../server/tokens/create-user-token.js'
import { delegate } from '../../server/tokens/delegate.js'
import { editUserToken, ownerEdit } from '../../server/tokens/edit.js'
import { openSession } from '../../server/tokens/open-session.js'
import { endSessions, revokeToken } from '../../server/tokens/revoke.js'
import { revokeEverything } from '../../server/tokens/revoke-everything.js'
import { revokeMatching } from '../../server/tokens/revoke-matching.js'
import { rotateToken } from '../../server/tokens/rotate.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { sweepIdle } from '../../server/tokens/sweep-idle.js'
import { eventually } from '../support/eventually.js'
import { PASSWORD, type RunningPostern } from '../support/postern.js'
import { startReplicas } from '../support/replicas.js'
import { savePerson } from '../support/save-person.js'

/** Long enough that nothing is forgotten for its age. */
const settings = { memoryMaxAge: '1h', tokenPolicy: { service: { idle: '1d' } } }
const GROUPS = ['users']

let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>
let number = 0

beforeAll(async () => {
  ;({ here, there, command, stop } = await startReplicas(settings))
})
afterAll(() => stop())

const actor = { username: 'somebody' }
const READ = ['read:tap', 'user:token'] as Scope[]

/** Somebody with a session, a user token, and what was delegated from each. */
interface Somebody {
  readonly username: string
  readonly session: Token
  readonly token: Token
  readonly ofSession: Token
  readonly ofToken: Token
}

async function somebody(): Promise<Somebody> {
  const username = `somebody-${++number}`
  const { context } = here
  await savePerson(context, 'institute', { username, groups: [{ name: 'users', id: 1 }] }, context.clock())
  const session = await openSession(context, { username, scopes: READ, groups: GROUPS }, {})
  const creator = await authenticate(context, session)
  const wish = { name: 'topcat', scopes: READ, expires: here.now() + 3600 }
  const made = creator && (await createUserToken(context, creator, wish, actor))
  if (!made || !('token' in made)) throw new Error('The token was not made')
  const { token } = made
  return { username, session, token, ofSession: await child(session), ofToken: await child(token) }
}

async function child(parent: Token): Promise<Token> {
  const record = await authenticate(here.context, parent)
  if (!record) throw new Error('The token is not there')
  return (await delegate(here.context, record, { type: 'internal', service: 'tap', scopes: READ })) as Token
}

type Which = Exclude<keyof Somebody, 'username'>
const ALL: readonly Which[] = ['session', 'token', 'ofSession', 'ofToken']

/** What a process says to a token: its scopes, or nothing. */
async function says({ context }: RunningPostern, token: Token): Promise<string> {
  return (await authenticate(context, token))?.scopes.join(' ') ?? 'refused'
}

const edit = (context: Context, { username, token }: Somebody) =>
  editUserToken(context, {
    username,
    key: token.key,
    become: (old) => ({ ...old, name: 'topcat', scopes: ['user:token' as Scope] }),
    rule: ownerEdit,
    actor,
  })
const rotation =
  (overlap: number) =>
  async (context: Context, { username, session, token }: Somebody) => {
    const maker = await authenticate(here.context, session)
    return maker && rotateToken(context, { username, key: token.key, overlap }, { ...actor, maker })
  }
const revocation = (which: Which) => (context: Context, who: Somebody) =>
  revokeToken(context, who.username, who[which].key, actor)
const signInWith =
  (...groups: string[]) =>
  (context: Context, { username }: Somebody) =>
    savePerson(context, 'institute', { username, groups: groups.map((name) => ({ name, id: 7 })) }, context.clock())

/** Every operation that changes what a token may do, and which of somebody's tokens are then another's business. */
const CHANGES: readonly (readonly [
  what: string,
  change: (context: Context, who: Somebody) => Promise<unknown>,
  changed: readonly Which[],
])[] = [
  ['revoking a session', revocation('session'), ['session', 'ofSession']],
  ['revoking a user token', revocation('token'), ['token', 'ofToken']],
  ['revoking what was delegated', revocation('ofToken'), ['ofToken']],
  ['ending all sessions', (context, { username }) => endSessions(context, username, actor), ['session', 'ofSession']],
  ['revoking everything', (context, { username }) => revokeEverything(context, username, actor), ALL],
  [
    'revoking many',
    (context, { username }) => revokeMatching(context, username, { types: ['user'] }, actor),
    ['token', 'ofToken'],
  ],
  ['editing', edit, ['token', 'ofToken']],
  ['rotating without an overlap', rotation(0), ['token', 'ofToken']],
  ['disabling the account', (context, { username }) => disableAccount(context, username, actor), ALL],
  ['losing the groups', signInWith('strangers'), ALL],
]

describe.each(CHANGES)('%s', (_what, change, changed) => {
  it.each([
    ['a server', () => here.context],
    ['the command line', () => command],
  ])('by %s is known in every process at once', async (_who, contextOf) => {
    const who = await somebody()
    const before = await Promise.all(ALL.map((which) => says(there, who[which])))
    expect(before).not.toContain('refused')
    for (const each of ALL) expect(await says(here, who[each])).toBe(before[ALL.indexOf(each)])
    const done = await change(contextOf(), who)
    expect(done).toBeTruthy()
    const now = () => Promise.all(ALL.map((which) => says(there, who[which])))
    await eventually(
      async () => (await now()).filter((each, index) => each !== before[index]).length === changed.length,
    )
    const different = (await now()).flatMap((each, index) => (each === before[index] ? [] : (ALL[index] ?? [])))
    expect(different).toEqual(changed)
    // The process that made it needs to hear nothing from Redis.
    if (contextOf() === here.context) {
      expect(await Promise.all(ALL.map((which) => says(here, who[which])))).toEqual(await now())
    }
    expect(there.context.tokenCache.isEnabled).toBe(true)
  })
})

describe('what else every process forgets', () => {
  /** Whether the other process still remembers a token, without asking any store. */
  const remembers = (key: TokenKey) => typeof there.context.tokenCache.find(key, async () => undefined) === 'object'

  it('is a token that runs out sooner because another replaces it', async () => {
    const who = await somebody()
    await says(there, who.token)
    await rotation(600)(here.context, who)
    await eventually(() => !remembers(who.token.key))
    expect(await says(there, who.token)).toBe('read:tap user:token')
    there.advance(601)
    expect(await says(there, who.token)).toBe('refused')
    there.advance(-601)
  })

  it('is what a sweep has cleared away, whether it ran out or nobody used it', async () => {
    const { token } = await somebody()
    const bot = { username: `bot-${number}`, type: 'service', scopes: READ } as const
    const service = await createTokenForUser(here.context, bot, actor)
    if (!('token' in service)) throw new Error(service.message)
    for (const each of [token, service.token]) expect(await says(there, each)).not.toBe('refused')
    here.advance(2 * 86_400)
    await sweepExpired(here.context)
    await sweepIdle(here.context)
    here.advance(-2 * 86_400)
    await eventually(() => !remembers(token.key) && !remembers(service.token.key))
    for (const each of [token, service.token]) expect(await says(there, each)).toBe('refused')
  })

  it('is what it knows of somebody who gets an account, or a new password', async () => {
    const username = `late-${++number}`
    const made = await createTokenForUser(here.context, { username, type: 'user', name: 'x', scopes: READ }, actor)
    if (!('token' in made)) throw new Error(made.message)
    expect((await authenticate(there.context, made.token))?.email).toBeUndefined()
    const email = `${username}@example.org`
    await addAccount(here.context, { username, password: new Secret(PASSWORD), email, groups: [{ name: 'users' }] })
    await eventually(async () => (await authenticate(there.context, made.token))?.email === email)
    expect((await authenticate(there.context, made.token))?.email).toBe(email)
    expect(remembers(made.token.key)).toBe(true)
    await changePassword(here.context, username, { password: new Secret('another good password') }, actor)
    await eventually(() => !remembers(made.token.key))
    expect(remembers(made.token.key)).toBe(false)
  })

  it('is that there was no such token, when one is worked out again after Redis has lost it', async () => {
    const { session, ofToken, token } = await somebody()
    await here.context.redis.del(`postern:token:{${ofToken.key}}`)
    await here.context.invalidations.publish([ofToken.key])
    await eventually(() => !remembers(ofToken.key))
    expect(await says(there, ofToken)).toBe('refused')
    expect((await child(token)).key).toBe(ofToken.key)
    await eventually(async () => (await says(there, ofToken)) !== 'refused')
    expect(await says(there, ofToken)).toBe('read:tap user:token')
    expect(await says(there, session)).not.toBe('refused')
  })
})

describe('a token whose secret is wrong', () => {
  it('is refused from memory, and takes nothing out of it', async () => {
    const { token, session } = await somebody()
    for (const { key } of [token, session]) {
      const right = key === token.key ? token : session
      await says(there, right)
      const { misses } = there.context.tokenCache.stats()
      for (let times = 0; times < 20; times++) {
        expect(await says(there, { key, secret: new Secret('A'.repeat(22)) })).toBe('refused')
      }
      expect(await says(there, right)).not.toBe('refused')
      expect(there.context.tokenCache.stats().misses).toBe(misses)
    }
  })
})
