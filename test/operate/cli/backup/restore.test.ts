import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Secret } from '../../../../server/core/token/secret.js'
import { chainEvents } from '../../../../server/operate/jobs/audit.js'
import { addAccount } from '../../../../server/people/add-account.js'
import { verifyChain } from '../../../../server/storage/audit/verify-chain.js'
import { listSessions } from '../../../../server/storage/redis/sessions.js'
import { Visitor } from '../../../support/clients/visitor.js'
import { eventually } from '../../../support/eventually.js'
import { ASKED, PASSWORD, type RunningPostern } from '../../../support/postern.js'
import { savePerson } from '../../../support/save-person.js'
import { load } from '../../../support/stores/archive.js'
import { runIn, useCommandLine } from '../command-line.js'
import { backupFolder, check, emptySite, keyOf, onDatabase, rowsOf, serveOn } from './support.js'

const line = useCommandLine()
const stops: (() => Promise<void>)[] = []

let folder: string
let tokens: { ada: string; session: string; notebook: string; revoked: string; ended: string }
/** Where the backup was restored to. */
let target: Record<string, string>
let restored: RunningPostern

beforeAll(async () => {
  const site = line.site()
  const { context } = site
  await addAccount(context, {
    username: 'glass',
    password: new Secret(PASSWORD),
    groups: [{ name: 'admins' }],
    emergency: true,
  })
  await savePerson(context, 'github', { username: 'grace', groups: [{ name: 'users', id: 7 }] }, site.now())
  const { prisma } = context.postgres
  const session = await site.session('ada')
  const passkey = {
    id: 'AAAA',
    username: 'ada',
    publicKey: Buffer.from('\\x00\n\t\u0000'),
    counter: 3n,
    transports: ['usb'],
    name: 'a\tb\\c\nd',
  }
  await prisma.passkey.create({ data: { ...passkey, created: new Date() } })
  await prisma.oidcClient.create({
    data: {
      id: 'portal',
      description: 'Portal',
      redirectUris: ['https://a.example/'],
      postLogoutUris: [],
      requiredGroups: [],
      created: new Date(),
      lastModified: new Date(),
      lastModifiedBy: 'root',
      secrets: { create: { secretHash: Buffer.alloc(32, 7), created: new Date() } },
    },
  })
  await load(site, {
    id: 'P1',
    title: 'Stars',
    period_end: '2030-01-01',
    investigators: [{ username: 'ada', role: 'pi' }],
  })
  const asked = request(site.server).get('/ingress/auth?scope=read:tap&notebook=true').set(ASKED)
  const { headers } = await asked.set('Authorization', `Bearer ${session}`)
  tokens = {
    ada: await site.token('ada', { name: 'standing' }),
    session,
    notebook: headers['x-auth-request-token'] as string,
    revoked: await site.token('ada', { name: 'gone' }),
    ended: await site.session('bert'),
  }
  await site.revoke(tokens.revoked)
  await site.revoke(tokens.ended)
  await chainEvents(context)
  folder = backupFolder()
  await line.run(['backup', folder])
  target = await emptySite(line.environment())
  const { code, output } = await runIn(target, ['restore', folder])
  expect([code, output]).toEqual([0, expect.stringContaining('is restored.')])
  restored = await serveOn(target)
  stops.push(() => restored.stop())
})
afterAll(async () => {
  for (const stop of stops) await stop()
})

const confirm = (...args: readonly string[]) => runIn(target, ['restore', 'confirm', ...args])

describe('a restored site', () => {
  it('has the rows of every table, as they were', async () => {
    const [before, after] = [await rowsOf(line.environment().DATABASE_URL), await rowsOf(target.DATABASE_URL)]
    const tables = [...before.keys()].filter((table) => table !== 'restoration' && table !== 'audit_event')
    expect(tables.length).toBeGreaterThan(25)
    expect(tables.map((table) => [table, after.get(table)])).toEqual(tables.map((table) => [table, before.get(table)]))
    expect(before.get('passkey')).toHaveLength(1)
  })

  it('counts on where the backup was', async () => {
    const { rows } = await onDatabase(target.DATABASE_URL, (client) =>
      client.query('SELECT nextval(pg_get_serial_sequence($1, $2)) > max(id) AS later FROM token_change', [
        'token_change',
        'id',
      ]),
    )
    expect(rows).toEqual([{ later: true }])
  })

  it('is said to be unconfirmed, by its health too', async () => {
    const { body } = await request(restored.server).get('/health')
    expect(body).toMatchObject({ status: 'healthy', restore: 'unconfirmed' })
  })

  it.each(['ada', 'session', 'notebook', 'revoked', 'ended'] as const)(
    'refuses every token until it is confirmed: %s',
    async (which) => expect(await check(restored, tokens[which])).toBe(503),
  )

  it('says to callers of the API why', async () => {
    const asked = request(restored.server).get('/auth/api/v1/token-info').set('Authorization', `Bearer ${tokens.ada}`)
    const { status, body } = await asked
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('restored from a backup')])
  })

  it.each(['ada', 'glass'])(
    'opens no session until it is confirmed, of an emergency account neither: %s',
    async (username) => {
      const visitor = new Visitor(restored)
      const { status, text } = await visitor.signIn(username, PASSWORD)
      expect([status, text]).toEqual([503, expect.stringContaining('restored from a backup')])
      expect(await listSessions(restored.context, username, restored.now())).toHaveLength(username === 'ada' ? 1 : 0)
    },
  )

  it('creates no token until it is confirmed', async () => {
    await expect(restored.token('ada', { name: 'new' })).rejects.toThrow('locked_down')
    expect(await restored.context.postgres.prisma.token.count({ where: { name: 'new' } })).toBe(0)
  })

  it('is not confirmed by a command that does not say how', async () => {
    const { code, output } = await confirm()
    expect([code, output]).toEqual([1, expect.stringContaining('Nothing was changed.')])
    expect(await check(restored, tokens.ada)).toBe(503)
  })

  it('admits what the backup admitted once it is confirmed, and no more', async () => {
    const { code, output } = await confirm('--accept')
    expect([code, output]).toEqual([0, expect.stringContaining('The restore is confirmed.')])
    await eventually(async () => expect(await check(restored, tokens.ada)).toBe(200))
    const after = await Promise.all(
      (['session', 'notebook', 'revoked', 'ended'] as const).map((which) => check(restored, tokens[which])),
    )
    expect(after).toEqual([200, 200, 401, 401])
  })

  it('lists the sessions and delegated tokens of its users, so that they can be revoked', async () => {
    const sessions = await listSessions(restored.context, 'ada', restored.now())
    expect(sessions.map(({ key }) => key)).toEqual([keyOf(tokens.session)])
    await restored.revoke(tokens.session)
    expect([await check(restored, tokens.session), await check(restored, tokens.notebook)]).toEqual([401, 401])
  })

  it('goes on with the audit chain', async () => {
    await chainEvents(restored.context)
    const actions = await restored.context.postgres.pool.query<{ action: string }>(
      'SELECT action FROM audit_event WHERE position IS NOT NULL ORDER BY position',
    )
    expect(actions.rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['token.revoke', 'backup.create', 'restore.load', 'restore.confirm']),
    )
    expect(await verifyChain(restored.context.postgres)).toHaveProperty('links', actions.rows.length)
  })
})

describe('a backup under load', () => {
  it('shows one moment: what is alive by the history is in the stores, and nothing else', async () => {
    const site = line.site()
    for (const name of ['eve1', 'eve2']) await site.account(name)
    const folder = backupFolder()
    let isRunning = true
    const worker = async (name: string) => {
      const made: string[] = []
      while (isRunning) {
        made.push(await (made.length % 2 === 0 ? site.session(name) : site.token(name)))
        const old = made.at(-15)
        if (old) await site.revoke(old)
      }
      return made
    }
    const working = [worker('eve1'), worker('eve2')]
    await eventually(async () => expect(await site.context.postgres.prisma.token.count()).toBeGreaterThan(10))
    const { code } = await line.run(['backup', folder])
    isRunning = false
    const made = (await Promise.all(working)).flat()
    const later = await emptySite(line.environment())
    const outcome = await runIn(later, ['restore', folder])
    await runIn(later, ['restore', 'confirm', '--accept'])
    expect([code, outcome.code]).toEqual([0, 0])
    const there = await serveOn(later)
    stops.push(() => there.stop())
    const { rows } = await there.context.postgres.pool.query<{ token: string }>(
      `SELECT token FROM token_change GROUP BY token HAVING bool_or(action = 'create') AND NOT bool_or(action IN ('revoke', 'expire'))`,
    )
    const alive = new Set(rows.map(({ token }) => token))
    const admitted: string[] = []
    for (const token of made) if ((await check(there, token)) === 200) admitted.push(keyOf(token))
    expect(admitted.length).toBeGreaterThan(10)
    expect(admitted.sort()).toEqual(
      made
        .map(keyOf)
        .filter((key) => alive.has(key))
        .sort(),
    )
  })
})
