import { randomBytes } from 'node:crypto'
import { Agent, get } from 'node:http'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { DAY, HOUR, MINUTE } from '../../../server/core/time.js'
import { runIn } from '../../operate/cli/command-line.js'
import { eventually } from '../../support/eventually.js'
import { type GafaelfawrStandIn, startGafaelfawrStandIn } from '../../support/gafaelfawr/stand-in.js'
import { type GafaelfawrStoresOfTest, startGafaelfawrStores } from '../../support/gafaelfawr/stores.js'
import { type GafaelfawrValue, gafaelfawrValue, tokenText } from '../../support/gafaelfawr/values.js'
import { type Echo, startEcho } from '../../support/peers/echo.js'
import { type RunningPostern, startPostern } from '../../support/postern.js'
import { type RunningNginx, startNginx } from '../../support/proxies/nginx.js'
import { freePort } from '../../support/run/ports.js'
import { describeWith } from '../../support/run/requires.js'
import { freshDatabase, freshRedis } from '../../support/stores/stores.js'

const CLIENTS = 8
const CHECKS_PER_PHASE = 1_250

/** A credential, and whether it has to be admitted now. */
interface Member {
  readonly what: string
  readonly headers: Readonly<Record<string, string>>
  admitted: boolean
}

let gafaelfawr: GafaelfawrStoresOfTest
let standIn: GafaelfawrStandIn
let postern: RunningPostern
let echo: Echo
let nginx: RunningNginx
/** Of the command line. */
let environment: Record<string, string>

beforeAll(async () => {
  gafaelfawr = await startGafaelfawrStores()
  echo = await startEcho()
  const port = await freePort()
  const settings = { gafaelfawr: gafaelfawr.settings }
  const [databaseUrl, redisUrl, secret] = [await freshDatabase(), await freshRedis(), 's'.repeat(32)]
  postern = await startPostern({ baseUrl: `http://127.0.0.1:${port}`, settings, databaseUrl, redisUrl, secret })
  const { sessionSecret } = gafaelfawr.settings
  environment = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    POSTERN_SECRET: secret,
    POSTERN_GAFAELFAWR: '{}',
    POSTERN_GAFAELFAWR_REDIS_URL: gafaelfawr.settings.redisUrl,
    POSTERN_GAFAELFAWR_DATABASE_URL: gafaelfawr.settings.databaseUrl,
    POSTERN_GAFAELFAWR_SESSION_SECRET: sessionSecret,
  }
  standIn = await startGafaelfawrStandIn({ redis: gafaelfawr.redis, sessionSecret, now: () => postern.now() })
  nginx = await startNginx({
    port,
    posternPort: standIn.port,
    tapPort: echo.port,
    portalPort: echo.port,
    limits: false,
  })
})
afterAll(async () => {
  await nginx?.stop()
  await Promise.all([postern?.stop(), standIn?.stop(), echo?.stop()])
  await gafaelfawr?.stop()
})

const made = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({ created: postern.now() - 2 * DAY, expires: postern.now() + DAY, ...fields })
const several = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))
const part = () => randomBytes(16).toString('base64url')

const bearer = (text: string) => ({ Authorization: `Bearer ${text}` })
const basic = (text: string) => ({
  Authorization: `Basic ${Buffer.from(`${text}:x-oauth-basic`).toString('base64')}`,
})

/** How often a client repeats a GET whose connection was closed without a response (RFC 9110 §9.2.2), as by a reload. */
const REPETITIONS = 3

/** Asks for a job of the service; whether the request reached it. */
async function isAdmitted(agent: Agent, headers: Member['headers']): Promise<boolean | string> {
  for (let repeated = 0; ; repeated++) {
    const status = await statusOf(agent, headers)
    if (status === 200) return true
    if (status === 401 || status === 403) return false
    if (status !== 'ECONNRESET' || repeated === REPETITIONS) return `${status}`
  }
}

function statusOf(agent: Agent, headers: Member['headers']): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    get(`${nginx.url}/tap/async`, { agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
  })
}

/** Clients that ask with every credential in turn until they are stopped. */
function startLoad(members: readonly Member[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS })
  const wrong: string[] = []
  let [checks, next, over] = [0, 0, false]
  const client = async () => {
    while (!over) {
      const member = members[next++ % members.length]
      if (!member) return
      const expected = member.admitted
      const found = await isAdmitted(agent, member.headers)
      checks += 1
      if (found !== expected) wrong.push(`${member.what}: ${found} instead of ${expected}, check ${checks}`)
    }
  }
  const clients = several(CLIENTS, client)
  return {
    /** Waits until so many more checks were made. */
    async more(count: number) {
      const goal = checks + count
      await eventually(() => expect(checks).toBeGreaterThanOrEqual(goal))
    },
    async stop() {
      over = true
      await Promise.all(clients)
      agent.destroy()
      return { checks, wrong }
    },
  }
}

describeWith(['nginx', 'cryptography'], 'moving over from Gafaelfawr and back', () => {
  it(
    'refuses no living token and admits no dead one, of ten thousand checks',
    async () => {
      const [users, services, sessions] = [
        several(8, () => made()),
        several(3, () => made({ token_type: 'service', username: 'bot-tap', expires: null })),
        several(6, () => made({ token_type: 'session' })),
      ]
      const children = sessions.map((parent, at) => ({
        parent,
        value: at % 2 ? made({ token_type: 'notebook' }) : made({ token_type: 'internal', service: 'portal' }),
      }))
      const [soon, revoked, edited, weak, gone] = [
        made({ expires: postern.now() + HOUR }),
        made(),
        made(),
        made({ scopes: ['exec:portal'] }),
        made(),
      ]
      const values = [...users, ...services, ...sessions, soon, revoked, weak]
      await gafaelfawr.put(...values.map((value) => ({ value })), { value: edited, name: 'laptop' }, ...children)

      const member = (what: string, headers: Member['headers'], admitted = true): Member => ({
        what,
        headers,
        admitted,
      })
      const short = member('ends within hours', bearer(tokenText(soon)))
      const fallen = member('revoked here', bearer(tokenText(revoked)))
      const members = [
        ...users.map((value, at) => member('user', (at % 2 ? basic : bearer)(tokenText(value)))),
        ...services.map((value) => member('service', bearer(tokenText(value)))),
        ...sessions.map((value) => member('browser', { Cookie: gafaelfawr.cookie(value) })),
        ...children.map(({ value }) => member(value.token_type, bearer(tokenText(value)))),
        ...[short, fallen, member('user', bearer(tokenText(edited)))],
        member('with too few scopes', bearer(tokenText(weak)), false),
        member('that Gafaelfawr has revoked', bearer(tokenText(gone)), false),
        member('with another secret', bearer(`gt-${users[0]?.token.key}.${part()}`), false),
        ...several(2, () => member('invented', bearer(`gt-${part().slice(0, -1)}A.${part()}`), false)),
      ]
      const loads: Awaited<ReturnType<ReturnType<typeof startLoad>['stop']>>[] = []

      // Gafaelfawr serves, and then Postern, which knows none of the tokens.
      let load = startLoad(members)
      await load.more(CHECKS_PER_PHASE)
      nginx.askAt(postern.port)
      await eventually(async () =>
        expect((await postern.context.postgres.pool.query('SELECT FROM token')).rowCount).toBeGreaterThan(20),
      )
      await load.more(2 * CHECKS_PER_PHASE)
      loads.push(await load.stop())

      // Hours later.
      postern.advance(3 * HOUR)
      short.admitted = false
      await postern.revoke(tokenText(revoked))
      fallen.admitted = false
      const own = await postern.token('made-here', { scopes: ['read:tap'], name: 'new' })
      load = startLoad([...members, member('made here', bearer(own))])
      await load.more(2 * CHECKS_PER_PHASE)
      loads.push(await load.stop())

      // Going back would revive tokens: the command names them, and gives what prevents it.
      const administrator = await postern.token('root', { scopes: ['admin:token'], name: 'of the administrator' })
      const edit = await fetch(`${postern.url}/auth/api/v1/users/ada/tokens/${edited.token.key}`, {
        method: 'PATCH',
        headers: { ...bearer(administrator), 'Content-Type': 'application/json' },
        body: JSON.stringify({ scopes: ['read:tap'] }),
      })
      expect(edit.status).toBe(200)
      const list = () => runIn(environment, ['migrate', 'to-gafaelfawr', '--list'])
      const { code, output } = await list()
      expect(output).toContain(
        `DANGER: 1 token revoked or ended here that Gafaelfawr would admit again:\n  ${revoked.token.key}`,
      )
      expect(output).toContain(`DANGER: 1 token narrowed here that would be as wide as before:\n  ${edited.token.key}`)
      expect(output).toMatch(/: read:tap, ends \S+ here, read:tap user:token, ends \S+ there\n/)
      expect([code, output.split('DANGER').length - 1]).toEqual([1, 2])
      expect(output).toContain('LOST: 2 tokens that Gafaelfawr does not have:')
      expect(output).toContain(`  ${own.slice(3, 25)}  user token "new" of made-here\n`)
      for (const [, key] of output.matchAll(/^DEL token:(\S+)$/gm)) await gafaelfawr.redis.del(`token:${key}`)
      expect((await list()).output).not.toContain('would admit again')
      const without = await runIn(environment, ['migrate', 'to-gafaelfawr'])
      expect([without.code, without.output]).toEqual([1, expect.stringContaining('a hash of each secret')])

      load = startLoad(members)
      await load.more(CHECKS_PER_PHASE)
      const before = standIn.answered()
      nginx.askAt(standIn.port)
      await eventually(() => expect(standIn.answered()).toBeGreaterThan(before))
      await load.more(2 * CHECKS_PER_PHASE)
      loads.push(await load.stop())

      expect(loads.flatMap(({ wrong }) => wrong)).toEqual([])
      expect(loads.reduce((sum, { checks }) => sum + checks, 0)).toBeGreaterThan(10_000)
    },
    5 * MINUTE * 1000,
  )
})
