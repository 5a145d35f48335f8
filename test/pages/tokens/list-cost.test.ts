// What the stores are asked for the list of tokens.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type CountedPostern, startCountedPostern } from '../../support/stores/counted-postern.js'

let site: CountedPostern
let cookie: string

beforeAll(async () => {
  site = await startCountedPostern()
  for (let each = 0; each < 20; each++) await site.postern.token('ada')
  cookie = `postern=${await site.postern.session('ada')}`
  await open('/auth/tokens')
})
afterAll(() => site.stop())

async function open(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${site.postern.port}${path}`, { headers: { cookie } })
  expect(response.status).toBe(200)
  return response.text()
}

const COMMANDS = { commands: ['zrange', 'zrange', 'mget'], roundTrips: 2 }

it('the list is four statements while its owner has notices, and two round trips to Redis', async () => {
  expect(await site.asked(() => open('/auth/tokens'))).toEqual({ statements: 4, ...COMMANDS })
})

it('the list of a user without notices is two statements and two round trips, however many rows it has', async () => {
  await site.postern.context.postgres.pool.query('DELETE FROM notice')
  expect(await site.asked(() => open('/auth/tokens'))).toEqual({ statements: 2, ...COMMANDS })
})
