import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { bootstrapToken, makeFirst } from '../../support/bootstrap.js'
import { eventually } from '../../support/eventually.js'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { type Serving, serve } from '../../support/serve.js'
import { sql } from '../../support/stores/queries.js'
import { emptyDatabase, freshRedis } from '../../support/stores/stores.js'
import { type Balancer, startBalancer } from './balancer.js'
import { COLOUR, nextVersion } from './next-version.js'
import { check, create, startUsers } from './users.js'

const folder = mkdtempSync(path.join(tmpdir(), 'postern-rolling-'))
const PROGRAMS = { now: 'dist/main.js', next: '' }
/** Requests between two steps, so that each mixture of versions serves for a while. */
const FOR_A_WHILE = 100

let databaseUrl: string
let environment: Record<string, string>
let token: string
let balancer: Balancer
const servers = new Map<number, Serving>()

describeWith(['haproxy'], 'two replicas, from one version to the next and back', () => {
  beforeAll(async () => {
    chmodSync(folder, 0o711)
    PROGRAMS.next = nextVersion(path.join(folder, 'next'))
    databaseUrl = await emptyDatabase()
    const bootstrap = bootstrapToken()
    environment = {
      DATABASE_URL: databaseUrl,
      REDIS_URL: await freshRedis(),
      POSTERN_SECRET: 'x'.repeat(32),
      POSTERN_BOOTSTRAP_TOKEN: bootstrap,
      POSTERN_LIMITS: '{apiCalls: 1000000}',
    }
    const ports = [await freePort(), await freePort()]
    for (const port of ports) await start(port, 'now')
    const wanted = { username: 'ada', token_name: 'laptop', scopes: ['read:tap', 'user:token'] }
    token = await makeFirst(ports[0] ?? 0, bootstrap, wanted)
    balancer = await startBalancer(folder, ports)
  })
  afterAll(async () => {
    await balancer?.stop()
    for (const each of servers.values()) await each.stop()
    rmSync(folder, { recursive: true })
  })

  it('drop and refuse no check, creation or revocation, and read what the other version wrote', async () => {
    const users = startUsers(balancer.url, token)
    const awhile = async () => {
      const before = users.answered()
      await eventually(() => users.answered() - before > FOR_A_WHILE)
    }
    const kept: string[] = []
    const expectKept = async () => {
      for (const { url, name } of servers.values()) {
        const made = await create(url, token, `made by ${name} ${kept.length}`)
        expect(made.status).toBe(201)
        kept.push(made.token)
      }
      for (const { url } of servers.values()) for (const each of kept) expect(await check(url, each)).toBe(200)
    }
    await expectKept()
    for (const version of ['next', 'now'] as const) {
      for (const port of servers.keys()) {
        await awhile()
        await servers.get(port)?.stop()
        await awhile()
        await start(port, version)
        await balancer.isUp(port)
        await expectKept()
      }
      const output = [...servers.values()].map((each) => each.output()).join('')
      const applied = output.split(`"migration":"${COLOUR}","msg":"Migration applied"`).length - 1
      expect(applied).toBe(version === 'next' ? 1 : 0)
      // The way back leaves the schema as it is.
      expect(await colours()).toEqual([{ colour: 'white' }])
    }
    await awhile()
    expect(await users.stop()).toEqual([])

    const [history] = await sql(
      databaseUrl,
      "SELECT count(*)::int AS made FROM token_change WHERE token_name LIKE 'made by %'",
    )
    expect(history).toEqual({ made: kept.length })
    expect(await sql(databaseUrl, `SELECT FROM _prisma_migrations WHERE migration_name = '${COLOUR}'`)).toHaveLength(1)
  })
})

async function start(port: number, version: keyof typeof PROGRAMS): Promise<void> {
  const name = `${version}-${port}`
  servers.set(port, await serve({ folder, name, port, program: PROGRAMS[version], env: environment }))
}

/** Of all rows, those of the older version among them. */
function colours(): Promise<Record<string, unknown>[]> {
  return sql(databaseUrl, 'SELECT DISTINCT colour FROM token')
}
