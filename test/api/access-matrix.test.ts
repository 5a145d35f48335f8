import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { apiDocument } from '../../server/api/openapi/document.js'
import { DEFAULT_GROUP_MAPPING } from '../../server/settings/rubin.js'
import { writeOverrides } from '../../server/storage/redis/quota-counters.js'
import { request } from '../support/documented.js'
import { type RunningPostern, startPostern } from '../support/postern.js'
import { ARCHIVE_SETTINGS, load } from '../support/stores/archive.js'
import { BODIES, CLIENT_ID, COLUMNS, GUEST, PROGRAM, TABLE } from './support/access-table.js'
import { BOOTSTRAP, CALLERS, type Caller, keyOf, madeUp } from './support/callers.js'
import { everything, nothing } from './support/everything.js'

let postern: RunningPostern

beforeAll(async () => {
  const settings = {
    ...ARCHIVE_SETTINGS,
    groupMapping: DEFAULT_GROUP_MAPPING,
    bootstrapToken: BOOTSTRAP,
    oidcServer: { enabled: true },
  }
  postern = await startPostern({ baseUrl: 'https://data.example.org', settings })
  for (const user of ['ada', 'mallory']) await postern.account(user)
  await postern.account('root', ['users', 'admins'])
})
afterAll(() => postern.stop())

/** What the calls are about, a caller, and all that the stores have then. */
async function prepare(caller: Caller) {
  await nothing(postern.context)
  await load(postern, PROGRAM)
  await postern.context.postgres.pool.query(
    `INSERT INTO program_grant (program, email, granted_by, granted) VALUES ($1, $2, 'ada', now())`,
    [PROGRAM.id, GUEST],
  )
  await postern.context.postgres.pool.query(
    `INSERT INTO oidc_client (client_id, description, redirect_uris, created, last_modified, last_modified_by)
     VALUES ($1, 'Grafana', '{https://grafana.example.org/cb}', now(), now(), 'root')`,
    [CLIENT_ID],
  )
  const target = await postern.token('ada', { name: 'target' })
  const others = await postern.token('mallory', { name: 'target' })
  await writeOverrides(postern.context.redis, '{"bypass":["admins"]}')
  const headers = await CALLERS[caller](postern)
  return { target, others, headers, before: await everything(postern.context) }
}

it('the table has every route of the document, and every caller', () => {
  const documented = Object.entries(apiDocument().paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(Object.keys(TABLE).sort()).toEqual(documented.sort())
  expect([...COLUMNS].sort()).toEqual(Object.keys(CALLERS).sort())
  for (const row of Object.values(TABLE)) expect(row).toHaveLength(COLUMNS.length)
})

/** A route's method and address, about Ada, her program, and a token. */
function fill(route: string, key = ''): [string, string] {
  const told = { username: 'ada', key, id: PROGRAM.id, email: GUEST, client_id: CLIENT_ID }
  const [method = '', path = ''] = route.replace(/\{(\w+)\}/g, (_, name: keyof typeof told) => told[name]).split(' ')
  return [method.toLowerCase(), route === 'GET /auth/api/v1/programs' ? `${path}?visible_to=me` : path]
}

function send(route: string, headers: Readonly<Record<string, string>>, key?: string) {
  const [method, path] = fill(route, key)
  const body = BODIES[route]
  const call = request(postern.server)[method as 'get'](path).set(headers)
  return typeof body === 'string' ? call.type('application/x-ndjson').send(body) : call.send(body)
}

describe.each(COLUMNS.map((caller, column) => [caller, column] as const))('%s', (caller, column) => {
  const rows = Object.entries(TABLE).map(([route, statuses]) => [route, statuses[column] ?? 0] as const)
  // Prepared anew after each call that changed it: a refusal leaves all as it was, for the next one to find.
  let prepared: Awaited<ReturnType<typeof prepare>> | undefined

  it.each(rows)('to %s: %i, and a refusal changes nothing', async (route, status) => {
    const { target, others, headers, before } = prepared ?? (await prepare(caller))
    prepared = undefined
    const ofKey = route.includes('{key}')
    // The one that may succeed comes last: it changes what the others are compared to.
    const keys = ofKey ? [madeUp(postern), others, target].map(keyOf) : ['']
    const answers = []
    for (const key of keys) {
      const answer = await send(route, headers, key)
      answers.push(answer)
      if (answer.status >= 400) expect(await everything(postern.context)).toEqual(before)
    }
    const missing = status < 400 ? 404 : status
    expect(answers.map((answer) => answer.status)).toEqual(ofKey ? [missing, missing, status] : [status])
    // Nobody is told whether there is a token that they may not touch.
    const refused = answers.filter((answer) => answer.status >= 400)
    expect(new Set(refused.map(({ text }) => text)).size).toBe(refused.length === 0 ? 0 : 1)
    if (status >= 400) prepared = { target, others, headers, before }
  })
})

it('what only looks changes nothing either', async () => {
  const { target, headers, before } = await prepare('admin’s cookie')
  for (const route of Object.keys(TABLE).filter((each) => each.startsWith('GET'))) {
    await send(route, headers, keyOf(target))
  }
  expect(await everything(postern.context)).toEqual(before)
})
