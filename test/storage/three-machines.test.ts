import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { bootstrapToken } from '../support/bootstrap.js'
import { eventually } from '../support/eventually.js'
import { systemPackages } from '../support/programs/system-packages.mjs'
import { canHaveMachines, type Machines, makeMachines } from '../support/run/machines.js'
import { describeWhere } from '../support/run/requires.js'
import { type Serving, serve } from '../support/serve.js'
import { startPgBouncer } from '../support/stores/pgbouncer.js'
import { type ReplicatedCluster, startReplicatedCluster } from '../support/stores/redis-servers.js'
import { freshDatabase } from '../support/stores/stores.js'

const WORKERS = 2
/** Enough connections that every worker of a machine is asked. */
const ASKED_TIMES = 6
const PATIENCE = { withinMs: 60_000, everyMs: 100 }
const isMet = canHaveMachines() && systemPackages.pgbouncer.isInstalled()

describeWhere(
  { isMet, otherwise: 'no network namespaces for this user, or no PgBouncer' },
  'three machines of two workers, before PgBouncer and a Redis Cluster',
  () => {
    const undo: (() => unknown)[] = []
    const bootstrap = bootstrapToken()
    let machines: Machines
    let redis: ReplicatedCluster
    const urls: string[] = []

    beforeAll(async () => {
      machines = makeMachines(3)
      undo.push(() => machines.remove())
      const pooler = await startPgBouncer(await freshDatabase(), machines.database)
      undo.push(() => pooler.stop())
      redis = await startReplicatedCluster(machines.redis)
      undo.push(() => redis.stop())
      const folder = mkdtempSync(path.join(tmpdir(), 'postern-machines-'))
      undo.push(() => rmSync(folder, { recursive: true, force: true }))
      const env = {
        DATABASE_URL: pooler.url,
        REDIS_URL: redis.url,
        POSTERN_SECRET: 'x'.repeat(32),
        POSTERN_BOOTSTRAP_TOKEN: bootstrap,
        POSTERN_WORKERS: String(WORKERS),
        POSTERN_HOST: '0.0.0.0',
        POSTERN_DATABASE_CONNECTIONS: '6',
        // Longer than a test waits: what is revoked is refused for its message, and not for its age.
        POSTERN_MEMORY_MAX_AGE: '1h',
      }
      const start = async (name: string): Promise<Serving> => {
        const serving = await serve({ folder, name, port: 8080, env, within: machines.within(name) })
        undo.push(() => serving.kill())
        return serving
      }
      await Promise.all(machines.names.map(start))
      urls.push(...machines.names.map((name) => `http://${machines.addressOf(name)}:8080`))
      await eventually(async () => (await memories()).every((each) => each === 'on'), PATIENCE)
    })
    afterAll(async () => {
      for (const each of undo.reverse()) await each()
    })

    /** The answers of one machine, by several connections. */
    const ask = (url: string, target: string, token: string): Promise<Response[]> =>
      Promise.all(
        Array.from({ length: ASKED_TIMES }, async () => {
          const headers = {
            Authorization: `Bearer ${token}`,
            'X-Original-URL': 'https://data.example.org/tap/sync',
            'X-Original-Method': 'GET',
            Connection: 'close',
          }
          const response = await fetch(`${url}${target}`, { headers })
          await response.arrayBuffer()
          return response
        }),
      )
    /** How each machine answers a check, without repetitions. */
    const checked = (token: string) =>
      Promise.all(
        urls.map(async (url) => [
          ...new Set((await ask(url, '/ingress/auth?scope=read:tap', token)).map(({ status }) => status)),
        ]),
      )
    async function memories(): Promise<string[]> {
      const answers = await Promise.all(urls.flatMap((url) => [1, 2, 3, 4].map(() => fetch(`${url}/health`))))
      return Promise.all(answers.map(async (answer) => ((await answer.json()) as { memory: string }).memory))
    }
    async function make(url: string, name: string): Promise<string> {
      const body = { username: 'operator', token_name: name, scopes: ['read:tap', 'user:token'], token_type: 'user' }
      const headers = { Authorization: `Bearer ${bootstrap}`, 'Content-Type': 'application/json' }
      const made = await fetch(`${url}/auth/api/v1/tokens`, { method: 'POST', headers, body: JSON.stringify(body) })
      expect(made.status).toBe(201)
      return ((await made.json()) as { token: string }).token
    }
    async function revoke(url: string, token: string): Promise<void> {
      const key = token.slice('gt-'.length).split('.')[0]
      const headers = { Authorization: `Bearer ${token}` }
      const revoked = await fetch(`${url}/auth/api/v1/users/operator/tokens/${key}`, { method: 'DELETE', headers })
      expect(revoked.status).toBe(204)
    }
    const at = (index: number) => urls[index] ?? ''
    const delegate = async (url: string, token: string) => {
      const answers = await ask(url, '/ingress/auth?scope=read:tap&delegate_to=portal&delegate_scope=read:tap', token)
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      return new Set(answers.map(({ headers }) => headers.get('x-auth-request-token') ?? ''))
    }
    const ALL_ADMIT = [[200], [200], [200]]
    const ALL_REFUSE = [[401], [401], [401]]

    it('admit a token of one at all, with the same token for a service, and refuse both once it is revoked at another', async () => {
      const token = await make(at(0), 'first')
      expect(await checked(token)).toEqual(ALL_ADMIT)
      const delegated = await Promise.all(urls.map((url) => delegate(url, token)))
      const [internal = '', ...more] = new Set(delegated.flatMap((each) => [...each]))
      expect(more).toEqual([])
      expect(await checked(internal)).toEqual(ALL_ADMIT)
      await revoke(at(1), token)
      await eventually(async () => JSON.stringify(await checked(token)) === JSON.stringify(ALL_REFUSE), PATIENCE)
      await eventually(async () => JSON.stringify(await checked(internal)) === JSON.stringify(ALL_REFUSE), PATIENCE)
    })

    it('never refuse a valid token while a node of the cluster fails over, and are as before afterwards', async () => {
      const token = await make(at(0), 'second')
      expect(await checked(token)).toEqual(ALL_ADMIT)
      const seen = new Set<number>()
      let isOver = false
      const watching = (async () => {
        while (!isOver) for (const status of (await checked(token)).flat()) seen.add(status)
      })()
      await redis.failOver()
      await eventually(async () => (await memories()).every((each) => each === 'on'), PATIENCE)
      isOver = true
      await watching
      expect([...seen].filter((status) => status !== 200 && status !== 503)).toEqual([])
      const [internal = ''] = await delegate(at(2), token)
      expect(await checked(internal)).toEqual(ALL_ADMIT)
      await revoke(at(2), token)
      await eventually(async () => JSON.stringify(await checked(token)) === JSON.stringify(ALL_REFUSE), PATIENCE)
      expect(await checked(internal)).toEqual(ALL_REFUSE)
    })

    it('do not trust their memory when cut off from Redis: what is revoked elsewhere is not admitted', async () => {
      const token = await make(at(0), 'third')
      expect(await checked(token)).toEqual(ALL_ADMIT)
      const cut = machines.names[2] ?? ''
      machines.cutFromRedis(cut)
      const bypassed = async () => (await memories()).slice(8).every((each) => each === 'bypassed')
      await eventually(bypassed, PATIENCE)
      expect((await memories()).slice(0, 8)).toEqual(Array(8).fill('on'))
      await revoke(at(0), token)
      const seenAtThird: number[] = []
      // The other worker hears of it in the moment that the message takes, which is longer on a busy machine.
      await eventually(async () => {
        const [first, second, third = []] = await checked(token)
        seenAtThird.push(...third)
        expect([first, second]).toEqual([[401], [401]])
      }, PATIENCE)
      expect(seenAtThird).not.toContain(200)
      machines.mend(cut)
      await eventually(async () => (await memories()).every((each) => each === 'on'), PATIENCE)
      expect(await checked(token)).toEqual(ALL_REFUSE)
    })
  },
)
