import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { canonicalJson, linkHash } from '../../../server/core/audit/chain.js'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { request } from '../../support/documented.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'

interface Line {
  readonly event: { readonly action: string }
  readonly postern: { readonly chain: { readonly position: number; readonly hash: string } }
}

let postern: RunningPostern
let admin: string
let ada: string

beforeAll(async () => {
  postern = await startPostern({ settings: { limits: { historyPage: 4 } } })
  admin = await postern.token('root1', { scopes: ['admin:token'] })
  ada = await postern.token('ada', { scopes: ['user:token', 'read:tap'] })
  for (let n = 0; n < 7; n++) await postern.token('ada', { name: `t${n}` })
  await chainEvents(postern.context)
})
afterAll(() => postern.stop())

const get = (path: string, token = admin) =>
  request(postern.server).get(`/auth/api/v1/audit${path}`).set('Authorization', `Bearer ${token}`)
const positions = (lines: readonly Line[]) => lines.map(({ postern }) => postern.chain.position)

async function followed(): Promise<Line[]> {
  const all: Line[] = []
  for (let path: string | undefined = ''; path !== undefined; ) {
    const { body, headers } = await get(path)
    all.push(...body)
    path = /\/audit(\?[^>]*)>; rel="next"/.exec(String(headers.link))?.[1]
  }
  return all
}

describe('the export of the audit trail', () => {
  it('is oldest first, in pages that a Link joins, and has each event once', async () => {
    const { rows } = await postern.context.postgres.pool.query('SELECT count(*)::int AS count FROM audit_event')
    const all = await followed()
    expect(rows[0].count).toBeGreaterThan(8)
    expect(positions(all)).toEqual(Array.from({ length: rows[0].count }, (_, index) => index + 1))
    expect(all.at(-1)?.event.action).toBe('token.create')
  })

  it('as JSON lines is the same, one event a line', async () => {
    const response = await get('?cursor=2')
      .set('Accept', 'application/x-ndjson')
      .expect('Content-Type', /x-ndjson/)
    const lines = response.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)
    expect(lines).toEqual((await get('?cursor=2')).body)
  })

  it('lets its reader verify the chain, with nothing but the export', async () => {
    let hash = '0'.repeat(64)
    for (const {
      postern: { chain, ...rest },
      ...event
    } of await followed()) {
      hash = linkHash(hash, chain.position, canonicalJson({ ...event, postern: rest }))
      expect(chain.hash).toBe(hash)
    }
  })

  it('can be narrowed to an action and a time', async () => {
    const { body } = await get('?action=account.create')
    expect(body.map(({ event }: Line) => event.action)).toEqual(['account.create', 'account.create'])
    expect((await get(`?until=${postern.now() - 3600}`)).body).toEqual([])
    expect((await get('?action=nonsense')).status).toBe(422)
  })

  it('shows no event before it is chained: a reader by cursor misses none', async () => {
    const before = (await followed()).length
    await postern.token('ada', { name: 'late' })
    expect(await followed()).toHaveLength(before)
    await chainEvents(postern.context)
    expect(await followed()).toHaveLength(before + 1)
  })

  it('is refused without admin:token', async () => {
    const { status, body } = await get('', ada)
    expect(status).toBe(403)
    expect(JSON.stringify(body)).not.toContain('"ecs"')
  })
})

describe('the change history', () => {
  it('names the token that acted, by the API and on the pages', async () => {
    await request(postern.server)
      .post('/auth/api/v1/users/ada/tokens')
      .set('Authorization', `Bearer ${ada}`)
      .send({ token_name: 'heir', scopes: ['read:tap'] })
    const { body } = await request(postern.server)
      .get('/auth/api/v1/users/ada/token-change-history?limit=1')
      .set('Authorization', `Bearer ${ada}`)
    expect(body[0]).toMatchObject({ token_name: 'heir', actor: 'ada', actor_token: ada.slice(3, 25) })
  })
})
