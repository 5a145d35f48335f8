import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../server/core/token/token.js'
import { OTHER_PLACES } from '../../../server/core/token/use-place.js'
import { appendUses } from '../../../server/storage/postgres/token-use-log.js'
import { listUseDays } from '../../../server/storage/postgres/uses/use-days.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const [ONE, OTHER] = ['5KVApqcVbSQWtO3VIRgOhQ', '6KVApqcVbSQWtO3VIRgOhQ'] as TokenKey[] as [TokenKey, TokenKey]
const DAY = 86_400

let postern: RunningPostern
let now: number

beforeAll(async () => {
  postern = await startPostern()
  now = postern.now()
})
afterAll(() => postern.stop())

const use = (token: TokenKey, ago: number, address: string, count = 1) => {
  const at = now - ago * DAY
  return { token, username: 'ada', address, client: 'curl', first: at, last: at, count }
}

it('lists the uses of many tokens by day, each address on the first of its days, and what was known before', async () => {
  const { postgres } = postern.context
  const rest = { ...use(OTHER, 0, ''), ...OTHER_PLACES, count: 9 }
  const entries = [
    ...[use(ONE, 200, '192.0.2.1', 70), use(ONE, 40, '192.0.2.2', 70), use(ONE, 29, '192.0.2.2', 2)],
    ...[use(ONE, 1, '192.0.2.3', 3), use(ONE, 0, '192.0.2.3', 4), use(OTHER, 0, '198.51.100.1', 5), rest],
  ]
  await postgres.transactionOfMany((statements) => appendUses(statements, entries, 20))
  const found = await listUseDays(postgres, [ONE, OTHER], { now, days: 30 })
  const daysOf = (token: TokenKey) => [...(found.get(token) ?? [])].sort((a, b) => b.ago - a.ago)
  expect(daysOf(ONE)).toEqual([
    { ago: 30, count: 0, newAddresses: expect.arrayContaining(['192.0.2.1', '192.0.2.2']) },
    { ago: 29, count: 2, newAddresses: [] },
    { ago: 1, count: 3, newAddresses: ['192.0.2.3'] },
    { ago: 0, count: 4, newAddresses: [] },
  ])
  expect(daysOf(OTHER)).toEqual([{ ago: 0, count: 14, newAddresses: ['198.51.100.1'] }])
  expect(await listUseDays(postgres, [], { now, days: 30 })).toEqual(new Map())
})
