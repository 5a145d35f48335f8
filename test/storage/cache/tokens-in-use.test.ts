import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { checkOf } from '../../support/clients/caller.js'
import { eventually } from '../../support/eventually.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

const MAX_AGE = 2

let postern: RunningPostern
let token: string
/** The names of the prepared statements that were sent. */
let sent: (string | undefined)[] = []

beforeAll(async () => {
  postern = await startPostern({ settings: { memoryMaxAge: MAX_AGE } })
  const { pool } = postern.context.postgres
  const query = pool.query.bind(pool)
  Object.assign(pool, {
    query: (statement: string | { readonly name?: string }, ...values: never[]) => {
      sent.push(typeof statement === 'string' ? undefined : statement.name)
      return query(statement as string, ...values)
    },
  })
})
afterAll(() => postern.stop())

const check = async () => {
  const { path, headers = {} } = checkOf('scope=read:tap', { Authorization: `Bearer ${token}` })
  return (await request(postern.server).get(path).set(headers)).status
}
const timesOf = (name: string) => sent.filter((each) => each === name).length

beforeEach(async () => {
  token = await postern.token('ada')
  sent = []
  expect(await check()).toBe(200)
})

describe('a token that is used for longer than it may be cached', () => {
  it('is asked about, and not read again', async () => {
    await eventually(async () => {
      expect(await check()).toBe(200)
      return timesOf('find-changed-tokens') >= 3
    })
    expect(timesOf('find-user-token')).toBe(1)
  })

  it.each([
    ['lost its scope', `UPDATE token SET scopes = '{read:image}'`, 403],
    ['ended', 'DELETE FROM token', 401],
  ])('is refused in time when it has %s, and no invalidation has come', async (_what, text, status) => {
    await postern.context.postgres.pool.query(text)
    await eventually(async () => (await check()) === status)
    expect(await check()).toBe(status)
  })
})
