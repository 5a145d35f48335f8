import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isInNetwork } from '../../../server/core/access/ip-network.js'
import { asksForUse, type IncidentFilter, isGiven } from '../../../server/core/incident/filter.js'
import { DAY, isoTime } from '../../../server/core/time.js'
import type { TokenType } from '../../../server/core/token/record.js'
import type { Scope } from '../../../server/core/token/scope.js'
import type { TokenKey } from '../../../server/core/token/token.js'
import { selectTokens } from '../../../server/storage/postgres/incident/select.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern
const NOW = Date.UTC(2026, 10, 22, 12) / 1000

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const USERS = ['ada', 'bob', 'eve'] as const
const SCOPES = ['read:tap', 'write:files'] as Scope[]
const ADDRESSES = ['203.0.113.7', '203.0.113.200', '198.51.100.1', '2001:db8::5', ''] as const
const CLIENTS = ['curl/8.5', 'TOPCAT/4.9', 'a%b'] as const
const TYPES = ['user', 'service', 'session', 'notebook', 'internal'] as const satisfies readonly TokenType[]

const instant = fc.integer({ min: NOW - 5 * DAY, max: NOW })
const use = fc.record({
  address: fc.constantFrom(...ADDRESSES),
  client: fc.constantFrom(...CLIENTS),
  first: instant,
  lasts: fc.integer({ min: 0, max: 20_000 }),
})
const token = fc.record({
  username: fc.constantFrom(...USERS),
  type: fc.constantFrom(...TYPES),
  scopes: fc.subarray(SCOPES),
  created: instant,
  expires: fc.constantFrom(NOW - 1, NOW + DAY),
  address: fc.constantFrom(...ADDRESSES),
  uses: fc.uniqueArray(use, {
    maxLength: 3,
    selector: ({ address, client, first }) => `${address} ${client} ${Math.floor(first / DAY)}`,
  }),
  isRevoked: fc.boolean(),
})
type Made = typeof token extends fc.Arbitrary<infer T> ? T & { readonly key: TokenKey } : never

const given = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
const filters = fc.record({
  everyone: given(fc.constant(true as const)),
  users: given(fc.subarray([...USERS], { minLength: 1 })),
  types: given(fc.subarray([...TYPES], { minLength: 1 })),
  scope: given(fc.constantFrom(...SCOPES)),
  createdSince: given(instant),
  createdBefore: given(instant),
  usedSince: given(instant),
  usedUntil: given(instant),
  network: given(fc.constantFrom('203.0.113.0/24', '203.0.113.7/32', '198.51.100.0/25', '2001:db8::/32', '0.0.0.0/0')),
  client: given(fc.constantFrom('CURL', 'topcat', '%')),
})

/** The rule, token by token. */
function fits(token: Made, filter: IncidentFilter): boolean {
  const { users, types, scope, createdSince = 0, createdBefore = Number.POSITIVE_INFINITY } = filter
  if (!isGiven(filter) || token.expires <= NOW) return false
  // Those of PostgreSQL have no row once they are revoked; here they keep it.
  if (token.isRevoked && token.type !== 'user' && token.type !== 'service') return false
  if (users && !users.includes(token.username)) return false
  if (types && !types.includes(token.type)) return false
  if (scope && !token.scopes.includes(scope)) return false
  if (token.created < createdSince || token.created >= createdBefore) return false
  const created = { address: token.address, client: undefined, first: token.created, last: token.created }
  const uses = token.uses.map(({ lasts, ...each }) => ({ ...each, last: lastOf(each.first, lasts) }))
  return !asksForUse(filter) || [created, ...uses].some((each) => fitsUse(each, filter))
}

function fitsUse(
  use: { address: string; client: string | undefined; first: number; last: number },
  { usedSince = 0, usedUntil = Number.POSITIVE_INFINITY, network, client }: IncidentFilter,
): boolean {
  if (use.last < usedSince || use.first > usedUntil) return false
  if (network !== undefined && (use.address === '' || !isInNetwork(network, use.address))) return false
  return client === undefined || (use.client?.toLowerCase().includes(client.toLowerCase()) ?? false)
}

/** A row of the log is of one day. */
const lastOf = (first: number, lasts: number) => Math.min(first + lasts, Math.floor(first / DAY) * DAY + DAY - 1)

async function store(tokens: readonly Made[]): Promise<void> {
  const { pool } = postern.context.postgres
  await pool.query('TRUNCATE token, token_change, token_use CASCADE')
  for (const { key, username, type, scopes, created, expires, address, uses, isRevoked } of tokens) {
    const [from, to] = [isoTime(created), isoTime(expires)]
    if (type === 'user' || type === 'service') {
      await pool.query(
        `INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires)
         VALUES ($1, '\\x00', $2, $3, $1, $4, $5, $6)`,
        [key, type, username, scopes, from, to],
      )
    }
    for (const action of isRevoked ? ['create', 'revoke'] : ['create']) {
      await pool.query(
        `INSERT INTO token_change (token, username, token_type, scopes, expires, actor, action, address, at)
         VALUES ($1, $2, $3, $4, $5, $2, $6, nullif($7, '')::inet, $8)`,
        [key, username, type, scopes, to, action, action === 'create' ? address : '', from],
      )
    }
    for (const { address, client, first, lasts } of uses) {
      await pool.query('INSERT INTO token_use VALUES ($1, $2, $3, $4, $5, $6, $7, 1)', [
        ...[key, isoTime(first).slice(0, 10), address, client, username],
        ...[isoTime(first), isoTime(lastOf(first, lasts))],
      ])
    }
  }
}

describe('the tokens that a filter selects', () => {
  it('are those that fit every field, whatever the tokens, their uses and the filter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(token, { minLength: 4, maxLength: 8 }),
        fc.array(filters, { minLength: 12, maxLength: 12 }),
        async (made, asked) => {
          const tokens = made.map((each, index) => ({
            ...each,
            key: `K${String(index).padStart(21, '0')}` as TokenKey,
          }))
          await store(tokens)
          for (const each of asked) {
            const filter = Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined))
            const found = await selectTokens(postern.context.postgres, filter, NOW)
            const wanted = tokens.filter((one) => fits(one, filter)).map(({ key }) => key)
            expect(found.map(({ key }) => key).sort()).toEqual(wanted.sort())
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  it('are none for a filter of nothing, and all for the choice of all users', async () => {
    const made = [0, 1].map((index) => ({
      ...{
        key: `K${String(index).padStart(21, '0')}` as TokenKey,
        username: 'ada' as const,
        type: 'user' as const,
        scopes: [],
      },
      ...{ created: NOW - DAY, expires: NOW + DAY, address: '' as const, uses: [], isRevoked: false },
    }))
    await store(made)
    expect(await selectTokens(postern.context.postgres, {}, NOW)).toEqual([])
    expect(await selectTokens(postern.context.postgres, { everyone: true }, NOW)).toHaveLength(2)
  })
})
