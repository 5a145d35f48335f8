import { randomBytes } from 'node:crypto'
import { bootstrapToken, makeFirst } from '../../support/bootstrap.js'
import { bearer, Caller, checkOf } from '../../support/clients/caller.js'
import { startPostern } from '../../support/postern.js'
import type { Undo } from '../../support/run/at-end.js'
import { type Serving, serve } from '../../support/serve.js'
import { startOwnStores } from '../../support/stores/own-stores.js'
import { type Relay, startRelay } from '../../support/stores/relay.js'
import { fillAccounts, fillTokens } from './fill.js'

/** Three servers on the same stores; the last of them reaches Redis through a relay. */
export interface ThreeReplicas {
  readonly servers: readonly Serving[]
  readonly toRedis: Relay
  /** An administrator: may revoke every user's tokens. */
  readonly admin: string
  newTokens(count: number): Promise<string[]>
  /** Of all that have been revoked, how many are admitted now, by any server. */
  admittedOfRevoked(): Promise<number>
  readonly revoked: string[]
}

export async function startThreeReplicas(
  folder: string,
  maxAge: number,
  atEnd: (undo: Undo) => void,
): Promise<ThreeReplicas> {
  const stores = await startOwnStores()
  atEnd(() => stores.stop())
  const toRedis = await startRelay(stores.redis.url)
  atEnd(() => toRedis.stop())
  const [secret, bootstrap] = [randomBytes(32).toString('base64url'), bootstrapToken()]
  const env = {
    DATABASE_URL: stores.postgres.url,
    REDIS_URL: stores.redis.url,
    POSTERN_SECRET: secret,
    POSTERN_BOOTSTRAP_TOKEN: bootstrap,
    POSTERN_MEMORY_MAX_AGE: String(maxAge),
    // One administrator makes and revokes all of the tokens.
    POSTERN_LIMITS: JSON.stringify({ apiCalls: 1_000_000, tokensPerUser: 1_000_000 }),
  }
  const servers: Serving[] = []
  for (const [name, redisUrl] of [
    ['first', ''],
    ['second', ''],
    ['third', toRedis.url],
  ] as const) {
    const server = await serve({ folder, name, env: { ...env, ...(redisUrl && { REDIS_URL: redisUrl }) } })
    atEnd(() => server.kill())
    servers.push(server)
  }
  const desk = await startPostern({ databaseUrl: stores.postgres.url, redisUrl: stores.redis.url, secret })
  atEnd(() => desk.stop())
  await fillAccounts(desk.context)
  const wanted = { username: 'operator', token_name: 'revocations', scopes: ['admin:token', 'user:token'] }
  const revoked: string[] = []
  return {
    servers,
    toRedis,
    admin: await makeFirst(servers[0]?.port ?? 0, bootstrap, wanted),
    newTokens: (count) => fillTokens(desk.context, count),
    revoked,
    async admittedOfRevoked() {
      const counts = await Promise.all(servers.map(({ port }) => admittedBy(port, revoked)))
      return counts.reduce((sum, count) => sum + count, 0)
    },
  }
}

async function admittedBy(port: number, tokens: readonly string[]): Promise<number> {
  const caller = new Caller(port)
  let admitted = 0
  for (const token of tokens) {
    const reply = await caller.ask(checkOf('scope=read:tap', bearer(token)))
    if (reply instanceof Error) throw reply
    if (reply.status === 200) admitted++
  }
  caller.close()
  return admitted
}
