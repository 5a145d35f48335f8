import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import request from 'supertest'
import { migrate } from '../../../server/storage/postgres/migrate.js'
import { isUnavailable } from '../../../server/storage/unavailable.js'
import { bootstrapToken } from '../../support/bootstrap.js'
import { eventually } from '../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { type ReplicatedPostgres, startReplicatedPostgres } from '../../support/stores/replicated-postgres.js'

const BOOTSTRAP = bootstrapToken()

let postgres: ReplicatedPostgres
let relay: Relay
let postern: RunningPostern

beforeAll(async () => {
  postgres = await startReplicatedPostgres()
  await migrate(postgres.url)
  relay = await startRelay(postgres.url)
  const settings = { bootstrapToken: BOOTSTRAP, memoryMaxAge: 0 }
  postern = await startPostern({ databaseUrl: relay.url, settings })
})
afterAll(async () => {
  await postern?.stop()
  await relay?.stop()
  await postgres?.stop()
})

const api = (call: request.Test) => call.set({ Authorization: `Bearer ${BOOTSTRAP}` })
const check = async (token: string) =>
  (
    await request(postern.server)
      .get('/ingress/auth')
      .set({ ...ASKED, Authorization: `Bearer ${token}` })
  ).status

it('a failover to the standby loses no token and no revocation that was acknowledged', async () => {
  const [created, revoked] = [new Set<string>(), new Set<string>()]
  const statuses = new Set<number>()
  let goesOn = true
  async function createAndRevoke(): Promise<void> {
    for (let count = 1; goesOn; count++) {
      const wanted = { token_type: 'user', username: 'ada', token_name: randomUUID(), scopes: ['read:tap'] }
      const { status, body } = await api(request(postern.server).post('/auth/api/v1/tokens')).send(wanted)
      statuses.add(status)
      if (status !== 201) continue
      created.add(body.token)
      if (count % 3 !== 0) continue
      // Of a revocation that was not acknowledged nothing is known.
      created.delete(body.token)
      await postern.revoke(body.token).then(
        () => revoked.add(body.token),
        (error) => expect(isUnavailable(error)).toBe(true),
      )
    }
  }
  const writers = Promise.all([1, 2, 3].map(createAndRevoke))
  try {
    await eventually(() => created.size > 10 && revoked.size > 3)
    await postgres.failOver()
    relay.lead(postgres.standbyPort)
    const before = created.size
    await eventually(() => created.size > before + 10)
  } finally {
    goesOn = false
    await writers
  }

  for (const token of created) expect(await check(token)).toBe(200)
  for (const token of revoked) expect(await check(token)).toBe(401)
  expect([...statuses].filter((status) => ![201, 503].includes(status))).toEqual([])
  expect((await request(postern.server).get('/health')).body).toMatchObject({ status: 'healthy', postgres: 'up' })
})
