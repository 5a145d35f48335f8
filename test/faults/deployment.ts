import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bootstrapToken, makeFirst } from '../support/bootstrap.js'
import { bearer, Caller, checkOf } from '../support/clients/caller.js'
import type { Undo } from '../support/run/at-end.js'
import { run } from '../support/run/processes.js'
import { cleanEnvironment, type Serving, serve } from '../support/serve.js'
import { type OwnStores, startOwnStores } from '../support/stores/own-stores.js'
import { type Relay, startRelay } from '../support/stores/relay.js'
import { isKnown } from './answers.js'

/** A server, its ways to the stores, and its clock. */
export interface Member {
  readonly serving: Serving
  readonly toPostgres: Relay
  readonly toRedis: Relay
  /** Puts its clock so many seconds ahead of all others. */
  stepClock(seconds: number): void
}

/** Three servers on the same stores, with everything between them that can break. */
export interface Deployment {
  readonly stores: OwnStores
  readonly members: readonly Member[]
  /** People with a password, and the token with which each of them makes others. */
  readonly people: readonly { readonly name: string; readonly creator: string }[]
  readonly password: string
  readonly admin: string
  /** Since when, in milliseconds of `performance.now()`, nothing has been wrong with anything; absent while something is. */
  calmSince: number | undefined
  /** Waits until every server says that it is well, and tries each kind of token; names those that are not well in time. */
  recovered(): Promise<string | undefined>
}

/** The maximum age of cache entries. Short, so that a campaign sees the reads after it. */
export const MAX_AGE_SECONDS = 2
/** How long everything may take to be well again after a fault is over: a busy machine has started a server in a minute. */
const RECOVERY_MS = 180_000
/** Connections that broke are noticed by their next use: for so long after every server is well, a 503 is no violation. */
const GRACE_MS = 500
const MANY = 1_000_000
const PEOPLE = ['ada', 'grace', 'vera']
const SCOPES = ['exec:portal', 'read:tap', 'user:token']

export async function startDeployment(atEnd: (undo: Undo) => void): Promise<Deployment> {
  const folder = mkdtempSync(path.join(tmpdir(), 'postern-faults-'))
  atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const stores = await startOwnStores()
  atEnd(() => stores.stop())
  const bootstrap = bootstrapToken()
  const common = {
    POSTERN_SECRET: randomBytes(32).toString('base64url'),
    POSTERN_BOOTSTRAP_TOKEN: bootstrap,
    POSTERN_MEMORY_MAX_AGE: String(MAX_AGE_SECONDS),
    // The verdict looks up each token that the campaign made, all with one token; and three people sign in all the time. A session
    // that the limit ended was taken for one that was lost.
    POSTERN_LIMITS: JSON.stringify({ apiCalls: MANY, sessionsPerUser: MANY, delegatedPerUser: MANY }),
    POSTERN_GROUP_MAPPING: JSON.stringify(Object.fromEntries(SCOPES.map((scope) => [scope, ['users']]))),
  }
  const members: Member[] = []
  for (const name of ['first', 'second', 'third']) members.push(await startMember(name, folder, stores, common, atEnd))
  const [{ serving }] = members as [Member]

  const password = randomBytes(12).toString('base64url')
  const env = { ...common, DATABASE_URL: stores.postgres.url, REDIS_URL: stores.redis.url, POSTERN_DATA: folder }
  const people: { name: string; creator: string }[] = []
  for (const name of PEOPLE) {
    const command = [
      process.execPath,
      'server/operate/cli/postern.mjs',
      'account',
      'add',
      name,
      '--password-stdin',
      '--group',
      'users',
    ]
    const { code, stderr } = await run(command, { env: cleanEnvironment(env), input: `${password}\n` })
    if (code !== 0) throw new Error(`No account was made: ${stderr}`)
    const wanted = { username: name, token_name: 'creator', scopes: SCOPES }
    people.push({ name, creator: await makeFirst(serving.port, bootstrap, wanted) })
  }
  const wanted = { username: 'operator', token_name: 'faults', scopes: ['admin:token', ...SCOPES] }
  const deployment: Deployment = {
    stores,
    members,
    people,
    password,
    admin: await makeFirst(serving.port, bootstrap, wanted),
    calmSince: undefined,
    async recovered() {
      const states = await Promise.all(members.map((member) => untilWell(member, deployment.admin)))
      if (states.every((state) => state === undefined)) deployment.calmSince = performance.now() + GRACE_MS
      return states.find((state) => state !== undefined)
    },
  }
  return deployment
}

async function startMember(
  name: string,
  folder: string,
  stores: OwnStores,
  common: Readonly<Record<string, string>>,
  atEnd: (undo: Undo) => void,
): Promise<Member> {
  const toPostgres = await startRelay(stores.postgres.url)
  const toRedis = await startRelay(stores.redis.url)
  atEnd(() => Promise.all([toPostgres.stop(), toRedis.stop()]))
  const clock = path.join(folder, `${name}.clock`)
  const stepClock = (seconds: number) => writeFileSync(clock, String(seconds))
  stepClock(0)
  const env = { ...common, DATABASE_URL: toPostgres.url, REDIS_URL: toRedis.url, FAULTS_CLOCK: clock }
  const serving = await serve({ folder, name, env, nodeOptions: ['--import', './test/faults/trouble.mjs'] })
  atEnd(() => serving.kill())
  return { serving, toPostgres, toRedis, stepClock }
}

/** Starts a server that has ended, again and again as a supervisor does: without its stores it does not begin to serve. */
export async function revive({ serving }: Member): Promise<void> {
  for (const deadline = performance.now() + RECOVERY_MS; ; await sleep(200)) {
    try {
      return await serving.start()
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

async function untilWell({ serving }: Member, admin: string): Promise<string | undefined> {
  let state = 'it was not asked'
  for (const deadline = performance.now() + RECOVERY_MS; performance.now() < deadline; await sleep(50)) {
    const caller = new Caller(serving.port, 2_000)
    const health = await caller.ask({ path: '/health' })
    const check = await caller.ask(checkOf('scope=read:tap', bearer(admin)))
    caller.close()
    if (isKnown(health) && isKnown(check) && health.status === 200 && check.status === 200) return undefined
    state = [health, check]
      .map((reply) => (isKnown(reply) ? `${reply.status} ${reply.text()}` : reply.message))
      .join('; ')
  }
  return `${serving.name} is not well ${RECOVERY_MS / 1000} s after the fault: ${state}`
}
