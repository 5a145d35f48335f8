import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Refusal } from '../../../server/core/access/refusal.js'
import { SUSPENSION_TIME } from '../../../server/core/incident/suspension.js'
import { DAY } from '../../../server/core/time.js'
import { mintActId } from '../../../server/core/token/act.js'
import { formatToken, type Token } from '../../../server/core/token/token.js'
import type { Context } from '../../../server/storage/context.js'
import { listSuspensionChanges } from '../../../server/storage/postgres/suspensions/changes.js'
import { listTokenHistory } from '../../../server/storage/postgres/token-history.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { editUserToken, ownerEdit } from '../../../server/tokens/edit.js'
import { endSuspensions } from '../../../server/tokens/incident/end-suspensions.js'
import { liftSuspension } from '../../../server/tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../../server/tokens/incident/suspend.js'
import { reportLeaked } from '../../../server/tokens/leaked/report.js'
import { revokeToken } from '../../../server/tokens/revoke.js'
import { rotateToken } from '../../../server/tokens/rotate.js'
import { sweepExpired } from '../../../server/tokens/sweep-expired.js'
import { storedEvents } from '../../storage/audit/support/events.js'
import { eventually } from '../../support/eventually.js'
import type { RunningPostern } from '../../support/postern.js'
import { startReplicas } from '../../support/replicas.js'
import { done, FALLS_WITH, type House, houseOf, KINDS, type Kind, makeWith, recordOf } from './support/house.js'

let here: RunningPostern
let there: RunningPostern
let command: Context
let stop: () => Promise<void>
let number = 0

beforeAll(async () => {
  ;({ here, there, command, stop } = await startReplicas({ memoryMaxAge: '1h' }))
})
beforeEach(() => here.context.postgres.prisma.tokenSuspension.deleteMany())
afterAll(() => stop())

const ROOT = { username: 'root', reason: 'a leaked laptop' }
const house = () => houseOf(here, `ada-${++number}`)
const suspend = (context: Context, of: House, ...kinds: readonly Kind[]) =>
  suspendTokens(
    context,
    kinds.map((kind) => ({ username: of.ownerOf(kind), key: of.tokens[kind].key })),
    { actor: ROOT },
  )
const lift = (of: House, kind: Kind) =>
  liftSuspension(here.context, { username: of.ownerOf(kind), key: of.tokens[kind].key }, ROOT)

function advance(seconds: number): void {
  here.advance(seconds)
  there.advance(seconds)
}

const isAdmitted = async ({ context }: RunningPostern, token: Token) =>
  (await authenticate(context, token)) !== undefined

/** The kinds that a process refuses. */
async function refused(at: RunningPostern, { tokens }: House): Promise<Kind[]> {
  const verdicts = await Promise.all(KINDS.map((kind) => isAdmitted(at, tokens[kind])))
  return KINDS.filter((_, index) => !verdicts[index])
}

/** The kinds that both processes refuse, as soon as they agree. */
async function refusedEverywhere(of: House): Promise<Kind[]> {
  await eventually(async () => String(await refused(there, of)) === String(await refused(here, of)))
  expect(await refused(there, of)).toEqual(await refused(here, of))
  return refused(there, of)
}

const inOrder = (kinds: readonly Kind[]) => KINDS.filter((kind) => kinds.includes(kind))
const rows = () => here.context.postgres.prisma.tokenSuspension.count()

describe.each(KINDS)('a suspended token: %s', (kind) => {
  const falls = inOrder(FALLS_WITH[kind])

  it.each([
    ['a server', () => here.context],
    ['the command line', () => command],
  ])(
    'by %s is refused in every process with all that hangs on it, and nothing else, until that is lifted',
    async (_who, of) => {
      const ada = await house()
      expect(await refusedEverywhere(ada)).toEqual([])
      expect(await suspend(of(), ada, kind)).toBe(kind === 'user' ? 2 : 1)
      await eventually(async () => (await refused(here, ada)).length > 0)
      expect(await refusedEverywhere(ada)).toEqual(falls)
      expect(there.context.tokenCache.isEnabled).toBe(true)
      expect(await lift(ada, kind)).toBe(1)
      if (kind === 'user') expect(await lift(ada, 'heir')).toBe(1)
      expect(await refusedEverywhere(ada)).toEqual([])
    },
  )

  it('is refused after its time is over, before the revocation and after it', async () => {
    const ada = await house()
    await suspend(here.context, ada, kind)
    advance(SUSPENSION_TIME - 60)
    expect(await endSuspensions(here.context)).toBe(0)
    advance(60)
    try {
      expect(await refusedEverywhere(ada)).toEqual(falls)
      expect(await lift(ada, kind)).toMatchObject({ code: 'suspension_over' })
      expect(await refusedEverywhere(ada)).toEqual(falls)
      expect(await endSuspensions(here.context)).toBe(kind === 'user' ? 2 : 1)
      expect(await endSuspensions(there.context)).toBe(0)
      expect(await lift(ada, kind)).toMatchObject({ code: 'not_found' })
      expect(await refusedEverywhere(ada)).toEqual(falls)
    } finally {
      advance(-SUSPENSION_TIME)
    }
    expect(await rows()).toBe(0)
    const { key } = ada.tokens[kind]
    const [last, ...before] = await listTokenHistory(here.context.postgres.prisma, ada.ownerOf(kind), key)
    expect(last).toMatchObject({ action: 'revoke', actor: '<internal>' })
    expect(before.filter(({ action }) => action === 'revoke')).toEqual([])
    const [end] = (await storedEvents(here)).filter(
      ({ event, postern }) => /revoke|sign-out/.test(event.action) && postern.object?.id === key,
    )
    expect(end?.postern).toMatchObject({ reason: ROOT.reason, details: { suspendedBy: 'root' } })
  })
})

describe('a suspended token', () => {
  it('keeps the end that it has when it is suspended again, and gets another after it was lifted', async () => {
    const ada = await house()
    const endOf = async () => (await here.context.postgres.prisma.tokenSuspension.findFirst())?.until.getTime()
    await suspend(here.context, ada, 'session')
    const end = await endOf()
    advance(60)
    expect(await suspend(there.context, ada, 'session')).toBe(0)
    expect(await endOf()).toBe(end)
    expect(await lift(ada, 'session')).toBe(1)
    expect(await suspend(there.context, ada, 'session')).toBe(1)
    expect(await endOf()).toBeGreaterThanOrEqual((end ?? 0) + 60_000)
    await lift(ada, 'session')
    const changes = await listSuspensionChanges(here.context.postgres.prisma, ada.username, ada.tokens.session.key)
    expect(changes.map(({ action, actor, reason }) => [action, actor, reason])).toEqual(
      ['lift', 'suspend', 'lift', 'suspend'].map((action) => [action, 'root', ROOT.reason]),
    )
  })

  it('is lifted with the others of its act, and with no other', async () => {
    const [ada, bob] = [await house(), await house()]
    const [one, two] = [mintActId(here.context.random), mintActId(here.context.random)]
    const target = (of: House, kind: Kind) => ({ username: of.ownerOf(kind), key: of.tokens[kind].key })
    await suspendTokens(here.context, [target(ada, 'session'), target(bob, 'service')], {
      actor: { ...ROOT, act: one },
    })
    await suspendTokens(here.context, [target(ada, 'user')], { actor: { ...ROOT, act: two } })
    expect(await liftSuspension(there.context, { act: one }, ROOT)).toBe(2)
    expect([await refusedEverywhere(ada), await refusedEverywhere(bob)]).toEqual([['user', 'heir'], []])
    expect(await liftSuspension(there.context, { act: one }, ROOT)).toMatchObject({ code: 'not_found' })
    await liftSuspension(there.context, { act: two }, ROOT)
  })

  it('is not edited, not rotated, makes no token and has no child, and keeps its name', async () => {
    const ada = await house()
    const { context } = here
    const session = await recordOf(here, ada.tokens.session)
    const user = await recordOf(here, ada.tokens.user)
    const [bySession, byUser] = [
      { username: ada.username, maker: session },
      { username: ada.username, maker: user },
    ]
    await suspend(context, ada, 'user', 'oidc')
    const stored = () =>
      Promise.all([context.postgres.prisma.token.findMany(), context.postgres.prisma.tokenChange.count()])
    const before = await stored()
    const { key } = ada.tokens.user
    const become = () => ({ name: 'other', scopes: [] })
    const edit = { username: ada.username, key, become, rule: ownerEdit, actor: { username: ada.username } }
    const code = (outcome: unknown) => (outcome instanceof Refusal ? outcome.code : outcome)
    expect(code(await editUserToken(context, edit))).toBe('token_suspended')
    const rotation = { username: ada.username, key, overlap: 60 }
    expect(code(await rotateToken(context, rotation, bySession))).toBe('token_suspended')
    expect(code(await rotateToken(context, rotation, byUser))).toBe('token_suspended')
    expect(code(await makeWith(here, user, 'child'))).toBe('invalid_token')
    expect(code(await makeWith(here, session, 'topcat'))).toBe('duplicate_token_name')
    expect(await stored()).toEqual(before)
    await suspend(context, ada, 'session')
    expect(code(await makeWith(here, session, 'child'))).toBe('invalid_token')
    expect(await stored()).toEqual(before)
    for (const kind of ['session', 'user', 'heir', 'oidc'] as const) await lift(ada, kind)
    done(await makeWith(here, session, 'child'))
  })

  it('can be revoked by its owner and reported by a finder, and its suspension is gone then', async () => {
    const ada = await house()
    const kinds = ['session', 'user', 'heir', 'oidc', 'imported session'] as const
    await suspend(here.context, ada, ...kinds)
    const { heir, ...others } = ada.tokens
    expect(await reportLeaked(here.context, { text: formatToken(heir), from: {} })).toBe(true)
    for (const kind of kinds) {
      if (kind === 'heir') continue
      done(await revokeToken(there.context, ada.username, others[kind].key, { username: ada.username }))
    }
    expect(await rows()).toBe(0)
    expect(await refusedEverywhere(ada)).toEqual(inOrder(kinds.flatMap((kind) => FALLS_WITH[kind])))
  })

  it('that expires is expired, and not revoked', async () => {
    const ada = await house()
    const made = await here.token(ada.username, { name: 'brief', expires: here.now() + 600 })
    const key = made.slice(3, 25) as Token['key']
    await suspendTokens(here.context, [{ username: ada.username, key }], { actor: ROOT })
    advance(601)
    await sweepExpired(here.context)
    advance(-601)
    const [last] = await listTokenHistory(here.context.postgres.prisma, ada.username, key)
    expect(last?.action).toBe('expire')
    expect(await rows()).toBe(0)
  })

  it('leaves no token behind that it was making at that moment', async () => {
    for (let round = 0; round < 4; round++) {
      const ada = await house()
      const [session, user] = [await recordOf(here, ada.tokens.session), await recordOf(there, ada.tokens.user)]
      const makes = ['a', 'b', 'c'].flatMap((name) => [
        makeWith(here, user, name),
        makeWith(there, session, `s${name}`),
      ])
      await suspend(here.context, ada, 'session', 'user')
      await Promise.all(makes)
      const made = await here.context.postgres.prisma.token.findMany({
        where: { username: ada.username, makers: { has: user.key } },
        select: { key: true },
      })
      const suspended = await here.context.postgres.prisma.tokenSuspension.count({
        where: { key: { in: made.map(({ key }) => key) } },
      })
      expect(suspended).toBe(made.length)
      expect(await makeWith(there, session, 'late')).toMatchObject({ code: 'invalid_token' })
    }
  })

  it('is told to its owner with the reason and the end, and so is the lifting; the owner’s own act is not', async () => {
    const ada = await house()
    await suspend(here.context, ada, 'session', 'user', 'service', 'notebook')
    const notices = async (): Promise<Readonly<Record<string, unknown>>[]> => {
      const where = { username: ada.username, kind: { in: ['tokenSuspended', 'tokenLifted'] } }
      const found = await here.context.postgres.prisma.notice.findMany({ where, orderBy: { id: 'asc' } })
      return found.map(({ kind, facts }) => ({ ...(facts as Readonly<Record<string, unknown>>), kind }))
    }
    const until = here.now() + DAY
    const told = await notices()
    expect(told.map(({ kind, type }) => `${kind} ${type}`).sort()).toEqual(
      ['tokenSuspended session', 'tokenSuspended user', 'tokenSuspended user'].sort(),
    )
    for (const each of told) expect(each).toMatchObject({ reason: ROOT.reason, by: 'administrator' })
    for (const each of told) expect(Math.abs(Number(each.until) - until)).toBeLessThan(60)
    await lift(ada, 'user')
    expect((await notices()).slice(3)).toMatchObject([{ kind: 'tokenLifted', type: 'user', name: 'topcat' }])
  })
})

describe('suspending many tokens', () => {
  it('leaves what was done suspended when it is interrupted, and the same call does the rest', async () => {
    const username = `many-${++number}`
    const keys = Array.from({ length: 260 }, (_, at) => `many${at}`.padEnd(21, 'x').concat('A') as Token['key'])
    const row = { username, type: 'user' as const, secretHash: new Uint8Array(32), scopes: [], created: new Date() }
    await here.context.postgres.prisma.token.createMany({ data: keys.map((key) => ({ ...row, key })) })
    const targets = keys.map((key) => ({ username, key }))
    const { postgres } = here.context
    const many = mintActId(here.context.random)
    let calls = 0
    const broken = {
      ...here.context,
      postgres: {
        ...postgres,
        transaction: ((work) =>
          ++calls === 2
            ? Promise.reject(new Error('Killed'))
            : postgres.transaction(work)) as typeof postgres.transaction,
      },
    }
    await expect(suspendTokens(broken, targets, { actor: { ...ROOT, act: many } })).rejects.toThrow('Killed')
    expect(await rows()).toBe(250)
    expect(await suspendTokens(here.context, targets, { actor: { ...ROOT, act: many } })).toBe(10)
    expect(await liftSuspension(here.context, { act: many }, ROOT)).toBe(260)
    expect(await rows()).toBe(0)
  })
})
