import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import { Secret } from '../../../server/core/token/secret.js'
import { linkIdentity } from '../../../server/login/federated.js'
import { addAccount } from '../../../server/people/add-account.js'
import type { Context } from '../../../server/storage/context.js'
import { isLockedDown } from '../../../server/storage/postgres/lockdown.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { liftLockdown, lockDown } from '../../../server/tokens/incident/lockdown.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { Visitor } from '../../support/clients/visitor.js'
import { ASKED, PASSWORD, type RunningPostern } from '../../support/postern.js'
import { startReplicas } from '../../support/replicas.js'

const OPERATOR = { username: OPERATOR_ACTOR }
const API = '/auth/api/v1'

let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>
let admin: string
let adas: string

beforeAll(async () => {
  ;({ here, there, command, stop } = await startReplicas())
  await here.account('ada')
  await here.account('root1', ['admins'])
  const groups = [{ name: 'admins' }, { name: 'users' }]
  await addAccount(command, { username: 'glass', password: new Secret(PASSWORD), groups, emergency: true })
  admin = await here.token('root1', { scopes: ['admin:token', 'user:token'] })
  adas = await here.token('ada', { scopes: ['read:tap', 'user:token'], name: 'standing' })
})
afterEach(() => liftLockdown(command, OPERATOR))
afterAll(() => stop())

const both = () => [here, there]
const sessionsOf = async (username: string) => (await listSessions(command, username, here.now())).length
const tokensIn = () => command.postgres.prisma.token.count()
const eventsOf = async (action: string) =>
  (await storedEvents(here)).filter((each) => each.event.action === action).map(({ user }) => user?.name)

/** Each way to a new token, and who asks. */
const WAYS: readonly (readonly [name: string, ask: (at: RunningPostern) => request.Test])[] = [
  ['a user', (at) => post(at, '/users/ada/tokens', adas).send({ token_name: 'new', scopes: ['read:tap'] })],
  [
    'an administrator, for a user',
    (at) =>
      post(at, '/tokens', admin).send({ username: 'ada', token_type: 'user', token_name: 'x', scopes: ['read:tap'] }),
  ],
  [
    'an administrator, for a service',
    (at) => post(at, '/tokens', admin).send({ username: 'bot-x', token_type: 'service', scopes: ['read:tap'] }),
  ],
  ['a user who rotates theirs', (at) => post(at, `/users/ada/tokens/${adas.slice(3, 25)}/rotate`, adas).send({})],
]

function post(at: RunningPostern, path: string, token: string): request.Test {
  return request(at.server).post(`${API}${path}`).set('Authorization', `Bearer ${token}`)
}

describe('a lockdown that another process begins', () => {
  it('refuses every sign-in with the right password, in every process, and opens no session', async () => {
    const before = await sessionsOf('ada')
    await lockDown(command, undefined, OPERATOR)
    for (const at of both()) {
      const refused = await new Visitor(at).signIn('ada')
      expect([refused.status, refused.headers['set-cookie']?.toString() ?? '']).toEqual([
        403,
        expect.not.stringMatching(/^(?:__Host-)?postern=gt-/m),
      ])
      expect(refused.text).toContain('This site is locked down')
    }
    expect(await sessionsOf('ada')).toBe(before)
    await liftLockdown(command, OPERATOR)
    for (const at of both()) expect((await new Visitor(at).signIn('ada')).status).toBe(303)
  })

  it('refuses a user whom a provider vouches for', async () => {
    const identity = { username: 'emma', subject: { issuer: 'https://idp.example', subject: '1' } }
    const groups = [{ name: 'users', id: 7 }]
    await lockDown(command, undefined, OPERATOR)
    const refused = await linkIdentity(there.context, 'institute', { ...identity, groups }, {})
    expect(refused).toMatchObject({ refusal: { code: 'locked_down' } })
    expect(await sessionsOf('emma')).toBe(0)
  })

  it.each(WAYS)('refuses a new token of %s, in every process, and creates none', async (_who, ask) => {
    await lockDown(command, undefined, OPERATOR)
    const before = await tokensIn()
    for (const at of both()) {
      const refused = await ask(at)
      expect([refused.status, refused.body.detail?.[0]?.type]).toEqual([403, 'locked_down'])
    }
    expect(await tokensIn()).toBe(before)
  })

  it('leaves what exists valid: checks, sessions, and the tokens that services get from them', async () => {
    await lockDown(command, undefined, OPERATOR)
    for (const at of both()) {
      const path = '/ingress/auth?scope=read:tap&service=tap&delegate_to=tap&delegate_scope=read:tap'
      const answer = await request(at.server).get(path).set(ASKED).set('Authorization', `Bearer ${adas}`)
      expect([answer.status, answer.headers['x-auth-request-token']]).toEqual([200, expect.stringMatching(/^gt-/)])
    }
  })

  it('lets an emergency account sign in, and records each use of it', async () => {
    await lockDown(command, undefined, OPERATOR)
    const before = (await eventsOf('account.emergency')).length
    for (const at of both()) expect((await new Visitor(at).signIn('glass')).status).toBe(303)
    expect((await eventsOf('account.emergency')).slice(before)).toEqual(['glass', 'glass'])
  })

  it('gives an emergency account no new token', async () => {
    await lockDown(command, undefined, OPERATOR)
    const visitor = new Visitor(there)
    await visitor.signIn('glass')
    await visitor.get('/auth/tokens/new')
    const before = await tokensIn()
    const form = { name: 'heirloom', scope: 'read:tap', expires: 'never' }
    expect((await visitor.post('/auth/tokens', form)).text).toContain('This site is locked down')
    expect(await tokensIn()).toBe(before)
    await liftLockdown(command, OPERATOR)
    await visitor.post('/auth/tokens', form)
    expect(await tokensIn()).toBe(before + 1)
  })

  it('is explained on the sign-in page of every process, with the operator’s reason as text', async () => {
    await lockDown(command, 'A stolen <laptop>', OPERATOR)
    for (const at of both()) {
      const page = await request(at.server).get('/login')
      expect(page.text).toContain('This site is locked down.')
      expect(page.text).toContain('A stolen &lt;laptop&gt;')
      expect((await request(at.server).get('/health')).body).toMatchObject({ lockdown: 'on', status: 'healthy' })
    }
    await liftLockdown(command, OPERATOR)
    for (const at of both()) expect((await request(at.server).get('/login')).text).not.toContain('locked down')
  })

  it('is an audit event, and so is its end', async () => {
    const before = await storedEvents(here)
    await lockDown(command, 'A stolen laptop', OPERATOR)
    await lockDown(command, undefined, OPERATOR)
    await liftLockdown(command, OPERATOR)
    await liftLockdown(command, OPERATOR)
    const since = (await storedEvents(here)).slice(before.length)
    expect(since.map(({ event, postern }) => [event.action, postern.channel])).toEqual([
      ['lockdown.on', 'command'],
      ['lockdown.on', 'command'],
      ['lockdown.off', 'command'],
    ])
  })
})

describe('a lockdown while tokens are being created', () => {
  it('waits for those under way, and admits none after it: none is committed once it has begun', async () => {
    const { prisma } = command.postgres
    let begun: Promise<number> | undefined
    await prisma.$transaction(async (db) => {
      expect(await isLockedDown(db)).toBe(false)
      begun = lockDown(command, undefined, OPERATOR).then(() => Date.now())
      // It would be over long before, were it not waiting.
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(await prisma.lockdown.count()).toBe(0)
    })
    await begun
    expect(await prisma.lockdown.count()).toBe(1)
  })
})
