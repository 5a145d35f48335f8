import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Refusal } from '../../../server/core/access/refusal.js'
import { SUSPENSION_TIME } from '../../../server/core/incident/suspension.js'
import { homeOf, type Token, type TokenKey } from '../../../server/core/token/token.js'
import { authenticate } from '../../../server/tokens/authenticate.js'
import { delegate } from '../../../server/tokens/delegate.js'
import { endSuspensions } from '../../../server/tokens/incident/end-suspensions.js'
import { liftSuspension } from '../../../server/tokens/incident/lift-suspension.js'
import { suspendTokens } from '../../../server/tokens/incident/suspend.js'
import { revokeToken } from '../../../server/tokens/revoke.js'
import { eventually } from '../../support/eventually.js'
import type { RunningPostern } from '../../support/postern.js'
import { startReplicas } from '../../support/replicas.js'
import { type House, houseOf, makeWith, recordOf } from './support/house.js'

const RUNS = process.env.NIGHTLY ? 200 : 12
const ROOT = { username: 'root', reason: 'a leak' }

let here: RunningPostern
let there: RunningPostern
let stop: () => Promise<void>
let number = 0

beforeAll(async () => {
  ;({ here, there, stop } = await startReplicas({ memoryMaxAge: '1h' }))
})
afterAll(() => stop())

const ROOTS = ['session', 'user'] as const
type Root = (typeof ROOTS)[number]
const ACTS = ['suspend', 'lift', 'check', 'delegate', 'make', 'revoke', 'sweep', 'wait'] as const
type Act = (typeof ACTS)[number]

/** An act on one of the two tokens, by one of the two processes. */
interface Step {
  readonly act: Act
  readonly of: Root
  readonly by: 'here' | 'there'
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom(...ACTS),
  of: fc.constantFrom(...ROOTS),
  by: fc.constantFrom('here', 'there'),
})

const isAdmitted = async ({ context }: RunningPostern, token: Token) =>
  (await authenticate(context, token)) !== undefined

it('a token is refused exactly while it, its parent or its maker is suspended or was revoked, whatever else goes on', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 6 }), run),
    { numRuns: RUNS, endOnFailure: true },
  )
})

/** Does the steps of a group at the same time, one group after the other, and then compares what is refused with what is stored. */
async function run(groups: readonly (readonly Step[])[]): Promise<void> {
  const house = await houseOf(here, `lot-${++number}`)
  const records = { session: await recordOf(here, house.tokens.session), user: await recordOf(here, house.tokens.user) }
  let waited = 0
  const made: Token[] = []
  try {
    for (const group of groups) await Promise.all(group.map((each) => perform(each)))
    await compare(house, made)
  } finally {
    here.advance(-waited)
    there.advance(-waited)
    await here.context.postgres.prisma.tokenSuspension.deleteMany()
  }

  async function perform({ act, of, by }: Step): Promise<void> {
    const { context } = by === 'here' ? here : there
    const target = { username: house.username, key: house.tokens[of].key }
    switch (act) {
      case 'suspend':
        return void (await suspendTokens(context, [target], { actor: ROOT }))
      case 'lift':
        return void (await liftSuspension(context, target, ROOT))
      case 'check':
        return void (await authenticate(context, house.tokens[of]))
      case 'delegate': {
        const child = await delegate(context, records[of], { type: 'internal', service: 'x', scopes: [] })
        if (!(child instanceof Refusal)) made.push(child)
        return
      }
      case 'make':
        return void (await makeWith(by === 'here' ? here : there, records.user, `made-${Math.random()}`))
      case 'revoke':
        return void (await revokeToken(context, target.username, target.key, { username: target.username }))
      case 'sweep':
        return void (await endSuspensions(context))
      case 'wait':
        waited += SUSPENSION_TIME
        here.advance(SUSPENSION_TIME)
        there.advance(SUSPENSION_TIME)
    }
  }
}

async function compare({ tokens, username }: House, made: readonly Token[]): Promise<void> {
  const { prisma } = here.context.postgres
  const suspended = new Set((await prisma.tokenSuspension.findMany({ where: { username } })).map(({ key }) => key))
  const revoked = new Set(
    (await prisma.tokenChange.findMany({ where: { username, action: 'revoke' } })).map(({ token }) => token),
  )
  const isOut = (token: Token) => suspended.has(token.key) || revoked.has(token.key)
  // The revocation takes the place of the suspension. In Redis the two may pass each other, and the sweep mends that.
  expect([...suspended].filter((key) => revoked.has(key) && homeOf(key as TokenKey) === 'postgres')).toEqual([])
  for (const [token, parent] of [
    [tokens.session, undefined],
    [tokens.user, undefined],
    [tokens.heir, undefined],
    [tokens.notebook, tokens.session],
    [tokens.oidc, tokens.session],
  ] as const) {
    const expected = !(isOut(token) || (parent && isOut(parent)))
    for (const at of [here, there]) {
      await eventually(async () => (await isAdmitted(at, token)) === expected)
      expect(await isAdmitted(at, token)).toBe(expected)
    }
  }
  const heirs = await prisma.token.findMany({ where: { makers: { has: tokens.user.key } }, select: { key: true } })
  // What a suspended token made is suspended: at that moment, or before.
  if (suspended.has(tokens.user.key)) expect(heirs.filter(({ key }) => !suspended.has(key))).toEqual([])
  for (const child of made) {
    const admitted = await isAdmitted(here, child)
    if (admitted) expect([isOut(tokens.session) && isOut(tokens.user)]).toEqual([false])
  }
}
