import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { sumReads } from '../../server/storage/postgres/programs/reads.js'
import { eventually } from '../support/eventually.js'
import type { RunningPostern } from '../support/postern.js'
import { temporaryFolder } from '../support/run/unprivileged.js'
import { type Serving, serve } from '../support/serve.js'
import { ARCHIVE_SETTINGS, EXCLUSIVE, load, startArchive } from '../support/stores/archive.js'
import { freshDatabase, freshRedis } from '../support/stores/stores.js'

const SECRET = 'x'.repeat(32)

let site: RunningPostern
let server: Serving
let token: string

beforeAll(async () => {
  const stores = { databaseUrl: await freshDatabase(), redisUrl: await freshRedis() }
  site = await startArchive({ ...stores, secret: SECRET })
  token = await site.token('ada', { scopes: [EXCLUSIVE] })
  await load(site, { id: 'p-1', public: false, investigators: [{ username: 'ada', role: 'pi' }] })
  server = await serve({
    folder: temporaryFolder('reads'),
    name: 'reads',
    env: {
      DATABASE_URL: stores.databaseUrl,
      REDIS_URL: stores.redisUrl,
      POSTERN_SECRET: SECRET,
      POSTERN_BASE_URL: 'https://data.example.org',
      POSTERN_KNOWN_SCOPES: JSON.stringify(ARCHIVE_SETTINGS.knownScopes),
      POSTERN_GROUP_MAPPING: JSON.stringify(ARCHIVE_SETTINGS.groupMapping),
      POSTERN_PROGRAMS: JSON.stringify(ARCHIVE_SETTINGS.programs),
    },
  })
})
afterAll(async () => {
  await server?.stop()
  await site?.stop()
})

async function ask(times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const { status } = await fetch(`${server.url}/ingress/auth?program=from_url`, {
      headers: {
        'X-Original-URL': 'https://data.example.org/data/p-1/a.fits',
        'X-Original-Method': 'GET',
        Authorization: `Bearer ${token}`,
      },
    })
    expect(status).toBe(200)
  }
}
const counted = async () => (await sumReads(site.context.postgres, 'p-1'))[0]?.count ?? 0

describe('requests for files that a server counted', () => {
  it('are written before it stops', async () => {
    await ask(7)
    await server.stop()
    expect(await counted()).toBe(7)
    await server.start()
  })

  it('are lost when it is killed, but none that was written before, and none twice', async () => {
    const before = await counted()
    await ask(5)
    await eventually(async () => (await counted()) === before + 5)
    await ask(3)
    await server.kill()
    const after = await counted()
    expect(after).toBeGreaterThanOrEqual(before + 5)
    expect(after).toBeLessThanOrEqual(before + 8)
    await server.start()
    await ask(2)
    await eventually(async () => (await counted()) === after + 2)
  })
})
