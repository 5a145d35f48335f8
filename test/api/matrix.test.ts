import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { apiDocument } from '../../server/api/document.js'
import { writeOverrides } from '../../server/stores/quota-counters.js'
import { request } from '../support/documented.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { BOOTSTRAP, CALLERS, type Caller, keyOf, madeUp } from './support/callers.js'
import { everything, nothing } from './support/everything.js'

// biome-ignore format: the names of the columns stand above them
const COLUMNS: readonly Caller[] = [
  'nobody', 'cookie', 'cookie and word', 'user', 'small token',
  'admin’s cookie', 'admin’s cookie and word', 'admin’s token', 'reader’s token',
  'notebook', 'bootstrap', 'another user', 'expired', 'revoked', 'made up',
]

/** What comes of each route for each caller; with the key of a token that is not the user's, 404 stands for every success. */
// biome-ignore format: a table reads in columns
const TABLE: Readonly<Record<string, readonly number[]>> = {
  //                                                          nobody         user           and word       notebook       expired
  //                                                               cookie         small token    admin’s token  bootstrap      revoked
  //                                                                    and word       admin’s cookie reader’s token another user   made up
  'GET /auth/api/v1/login':                                  [401, 200, 200, 401, 401, 200, 200, 401, 401, 401, 401, 401, 401, 401, 401],
  'GET /auth/api/v1/token-info':                             [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401],
  'GET /auth/api/v1/user-info':                              [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401],
  'GET /auth/gms':                                           [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401],

  'GET /auth/api/v1/users/{username}/tokens':                [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401],
  'POST /auth/api/v1/users/{username}/tokens':               [401, 403, 201, 201, 403, 403, 403, 403, 403, 403, 401, 403, 401, 401, 401],
  'DELETE /auth/api/v1/users/{username}/tokens':             [401, 403, 200, 200, 403, 403, 200, 200, 403, 200, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/users/{username}/token-change-history':  [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401],

  'GET /auth/api/v1/users/{username}/tokens/{key}':          [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401],
  'PATCH /auth/api/v1/users/{username}/tokens/{key}':        [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 401, 403, 401, 401, 401],
  'DELETE /auth/api/v1/users/{username}/tokens/{key}':       [401, 403, 204, 204, 403, 403, 204, 204, 403, 204, 401, 403, 401, 401, 401],
  'POST /auth/api/v1/users/{username}/tokens/{key}/rotate':  [401, 403, 201, 201, 403, 403, 201, 201, 403, 403, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/users/{username}/tokens/{key}/uses':     [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/users/{username}/tokens/{key}/change-history':
                                                             [401, 200, 200, 200, 403, 200, 200, 200, 403, 200, 401, 403, 401, 401, 401],

  'GET /auth/api/v1/users':                                  [401, 403, 403, 403, 403, 200, 200, 403, 200, 403, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/users/{username}':                       [401, 200, 200, 200, 200, 200, 200, 403, 200, 200, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/groups':                                 [401, 403, 403, 403, 403, 200, 200, 403, 200, 403, 401, 403, 401, 401, 401],
  'GET /auth/api/v1/history/token-changes':                  [401, 403, 403, 403, 403, 200, 200, 200, 403, 403, 200, 403, 401, 401, 401],
  'POST /auth/api/v1/tokens':                                [401, 403, 403, 403, 403, 403, 201, 201, 403, 403, 201, 403, 401, 401, 401],
  'GET /auth/api/v1/quota-overrides':                        [401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 401, 200, 401, 401, 401],
  'PUT /auth/api/v1/quota-overrides':                        [401, 403, 403, 403, 403, 403, 200, 200, 403, 403, 200, 403, 401, 401, 401],
  'DELETE /auth/api/v1/quota-overrides':                     [401, 403, 403, 403, 403, 403, 204, 204, 403, 403, 204, 403, 401, 401, 401],
}

/** What the routes that take a body are given: in order, so that nothing but who is calling can be what is refused. */
const BODIES: Readonly<Record<string, object>> = {
  'POST /auth/api/v1/users/{username}/tokens': { token_name: 'new' },
  'PATCH /auth/api/v1/users/{username}/tokens/{key}': { token_name: 'taken over', scopes: ['exec:admin'] },
  'POST /auth/api/v1/users/{username}/tokens/{key}/rotate': { overlap: 0 },
  'POST /auth/api/v1/tokens': { username: 'ada', token_type: 'user', token_name: 'new', scopes: ['exec:admin'] },
  'PUT /auth/api/v1/quota-overrides': { bypass: ['users'] },
}

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings: { bootstrapToken: BOOTSTRAP } })
  for (const user of ['ada', 'mallory']) await postern.account(user)
  await postern.account('root', ['users', 'admins'])
})
beforeEach(() => nothing(postern.context))
afterAll(() => postern.stop())

it('the table has every route of the document, and every caller', () => {
  const documented = Object.entries(apiDocument().paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(TABLE).sort()).toEqual(documented.sort())
  expect([...COLUMNS].sort()).toEqual(Object.keys(CALLERS).sort())
  for (const row of Object.values(TABLE)) expect(row).toHaveLength(COLUMNS.length)
})

describe.each(COLUMNS.map((caller, column) => [caller, column] as const))('%s', (caller, column) => {
  const rows = Object.entries(TABLE).map(([route, statuses]) => [route, statuses[column] ?? 0] as const)

  it.each(rows)('to %s: %i, and a refusal changes nothing', async (route, status) => {
    const target = await postern.token('ada', { name: 'target' })
    const others = await postern.token('mallory', { name: 'target' })
    await writeOverrides(postern.context.redis, '{"bypass":["admins"]}')
    const headers = await CALLERS[caller](postern)
    const before = await everything(postern.context)
    const ofKey = route.includes('{key}')
    // The one that may succeed comes last: it changes what the others are compared to.
    const keys = ofKey ? [madeUp(), others, target].map(keyOf) : ['']
    const answers = []
    for (const key of keys) {
      const [method, path] = route.replace('{username}', 'ada').replace('{key}', key).split(' ')
      const call = request(postern.server)[method?.toLowerCase() as 'get'](path ?? '')
      const answer = await call.set(headers).send(BODIES[route])
      answers.push(answer)
      if (answer.status >= 400) expect(await everything(postern.context)).toEqual(before)
    }
    const missing = status < 400 ? 404 : status
    expect(answers.map((answer) => answer.status)).toEqual(ofKey ? [missing, missing, status] : [status])
    // Nobody is told whether there is a token that they may not touch.
    const refused = answers.filter((answer) => answer.status >= 400)
    expect(new Set(refused.map(({ text }) => text)).size).toBe(refused.length === 0 ? 0 : 1)
  })
})

it('what only looks changes nothing either', async () => {
  await postern.token('ada', { name: 'target' })
  const headers = await CALLERS['admin’s cookie'](postern)
  const before = await everything(postern.context)
  const looks = Object.keys(TABLE).filter((route) => route.startsWith('GET') && !route.includes('{key}'))
  for (const route of looks) {
    await request(postern.server).get(route.slice(4).replace('{username}', 'ada')).set(headers)
  }
  expect(await everything(postern.context)).toEqual(before)
})
