import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { pruneHistory } from '../../server/tokens/prune-history.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

let postern: RunningPostern
const days = (count: number) => new Date((postern.now() - count * 86_400) * 1000)

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

it('Notices, identity changes and refused identities are deleted after a year, and no younger ones', async () => {
  const { prisma, pool } = postern.context.postgres
  const ages = [366, 364]
  const [key, facts] = ['5KVApqcVbSQWtO3VIRgOhQ', { type: 'user' }]
  await prisma.notice.createMany({
    data: ages.flatMap((age) => [
      { username: 'ada', kind: 'signIn', token: key, facts, at: days(age) },
      { username: 'ada', kind: 'signIn', token: key, facts, at: days(age), dismissed: days(1), mailAt: days(0) },
    ]),
  })
  await prisma.identityChange.createMany({
    data: ages.map((age) => ({ username: 'ada', action: 'bind', provider: 'x', actor: 'ada', at: days(age) })),
  })
  await prisma.identityRefusal.createMany({
    data: ages.map((age) => {
      const identity = { provider: 'x', issuer: 'https://x.example', subject: String(age) }
      return { username: 'ada', ...identity, first: days(400), last: days(age), count: 2 }
    }),
  })
  // More than one batch.
  await pool.query(
    `INSERT INTO notice (username, kind, token, facts, at) SELECT 'eve', 'signIn', $1, $2, $3 FROM generate_series(1, 1100)`,
    [key, facts, days(400)],
  )
  expect(await pruneHistory(postern.context)).toBe(1104)
  const left = [
    ...(await prisma.notice.findMany()).map(({ at }) => at),
    ...(await prisma.identityChange.findMany()).map(({ at }) => at),
    ...(await prisma.identityRefusal.findMany()).map(({ last }) => last),
  ]
  expect(left).toHaveLength(4)
  expect(left.every((at) => at > days(365))).toBe(true)
  expect(await pruneHistory(postern.context)).toBe(0)
})
