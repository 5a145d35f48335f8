import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { DAY, HOUR } from '../../../../server/core/time.js'
import { Secret } from '../../../../server/core/token/secret.js'
import { addAccount } from '../../../../server/people/add-account.js'
import { request } from '../../../support/documented.js'
import { eventually } from '../../../support/eventually.js'
import { OldSite, type OldToken } from '../../../support/gafaelfawr/old-site.js'
import {
  encrypt,
  type GafaelfawrValue,
  gafaelfawrValue,
  sessionSecret,
  tokenText,
} from '../../../support/gafaelfawr/values.js'
import { ASKED, PASSWORD } from '../../../support/postern.js'
import { describeWith } from '../../../support/run/requires.js'
import { startRelay } from '../../../support/stores/relay.js'
import { runIn, useCommandLine } from '../command-line.js'
import { emptyFolder, start } from '../executable.js'

const commands = useCommandLine()
const old: OldSite[] = []
let admin: string
let nextUser = 0

beforeAll(async () => {
  admin = await commands.site().token('root', { scopes: ['admin:token'] })
})
afterAll(() => Promise.all(old.map((each) => each.stop())))

const someone = () => `migrant-${++nextUser}`
const value = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({ created: commands.site().now() - 2 * DAY, username: someone(), ...fields })
const prisma = () => commands.site().context.postgres.prisma

async function oldSite(tokens: readonly OldToken[] = []): Promise<OldSite> {
  const site = await OldSite.start()
  old.push(site)
  if (tokens.length > 0) await site.add(tokens)
  return site
}
const migrate = (site: OldSite, ...more: readonly string[]) =>
  commands.run(['migrate', 'from-gafaelfawr', ...site.options, ...more])
const check = async (of: GafaelfawrValue, query = 'scope=read:tap') => {
  const asked = request(commands.site().server).get(`/ingress/auth?${query}`).set(ASKED)
  return (await asked.set('Authorization', `Bearer ${tokenText(of)}`)).status
}
const api = (method: 'get' | 'delete', where: string) =>
  request(commands.site().server)[method](`/auth/api/v1/${where}`).set('Authorization', `Bearer ${admin}`)
const tokenOf = async ({ token, username }: GafaelfawrValue) =>
  (await api('get', `users/${username}/tokens/${token.key}`)).body
/** The numbers of a row of the report. */
const row = (output: string, type: string) =>
  new RegExp(`^${type}((?: +\\d+){5})$`, 'm').exec(output)?.[1]?.trim().split(/ +/).map(Number)
const keysHere = async (tokens: readonly OldToken[]) => {
  const where = { key: { in: tokens.map(({ value }) => value.token.key) } }
  const [here, marks] = [await prisma().token.count({ where }), await prisma().tokenImport.count({ where })]
  const created = { token: where.key, action: 'create' as const }
  return { tokens: here, marks, history: await prisma().tokenChange.count({ where: created }) }
}
/** Every secret of a site: none of them is ever printed. */
const secretsOf = (site: OldSite, tokens: readonly OldToken[]) => [
  site.secret,
  ...tokens.map(({ value }) => value.token.secret),
]

/** A token of each type; the internal one came from the notebook's, and that from the session. */
function household(username = someone()) {
  const expires = commands.site().now() + HOUR
  const session = value({ username, token_type: 'session', expires })
  const notebook = value({ username, token_type: 'notebook', expires })
  const user = value({ username })
  const service = value({ username: `bot-${username}`, token_type: 'service' })
  const internal = value({ username, token_type: 'internal', service: 'tap', expires })
  const oidc = value({ username, token_type: 'oidc', expires, scopes: [] })
  const tokens: OldToken[] = [
    { value: session },
    { value: user, name: 'Laptop' },
    { value: service },
    { value: notebook, parent: session },
    { value: internal, parent: notebook },
    { value: oidc, parent: session },
  ]
  return { username, session, user, service, notebook, internal, oidc, tokens }
}

describeWith(['cryptography'], 'postern migrate from-gafaelfawr', () => {
  it('imports all types with names, parents and services, and once', async () => {
    const { session, user, service, notebook, internal, oidc, tokens } = household()
    const site = await oldSite(tokens)
    const { code, output } = await migrate(site)
    expect(code).toBe(0)
    for (const type of ['session', 'user', 'notebook', 'internal', 'service', 'oidc'])
      expect(row(output, type)).toEqual([1, 1, 0, 0, 0])
    for (const each of [session, user, service, notebook, internal]) expect(await check(each)).toBe(200)
    expect(await tokenOf(user)).toMatchObject({ token_name: 'Laptop', scopes: ['read:tap', 'user:token'] })
    expect(await tokenOf(internal)).toMatchObject({ parent: notebook.token.key, service: 'tap' })
    expect(await tokenOf(oidc)).toMatchObject({ parent: session.token.key })
    expect(await check(internal, 'scope=read:tap&only_service=vo')).toBe(403)
    const again = await migrate(site)
    expect(again.code).toBe(0)
    expect(row(again.output, 'notebook')).toEqual([1, 0, 1, 0, 0])
    expect(await keysHere(tokens)).toEqual({ tokens: 6, marks: 6, history: 6 })
    for (const text of secretsOf(site, tokens)) expect(output + again.output).not.toContain(text)
    await api('delete', `users/${session.username}/tokens/${session.token.key}`)
    for (const each of [session, notebook, internal]) expect(await check(each)).toBe(401)
  })

  it('changes nothing in a dry run, and says what it would do', async () => {
    const { tokens } = household()
    const site = await oldSite(tokens)
    const { code, output } = await migrate(site, '--dry-run', '--history')
    expect(code).toBe(0)
    expect(row(output, 'internal')).toEqual([1, 1, 0, 0, 0])
    expect(output).toContain('Nothing was changed.')
    expect(await keysHere(tokens)).toEqual({ tokens: 0, marks: 0, history: 0 })
  })

  it('only reads Gafaelfawr’s stores', async () => {
    const { tokens } = household()
    const site = await oldSite(tokens)
    let sent = ''
    const relay = await startRelay(site.redisUrl, { onSent: (chunk) => (sent += chunk.toString('latin1')) })
    const database = new URL(site.databaseUrl)
    database.searchParams.set('options', '-c default_transaction_read_only=on')
    const { code } = await commands.run([
      ...['migrate', 'from-gafaelfawr', '--redis', relay.url, '--database', database.href],
      ...['--session-secret-file', site.secretFile, '--history'],
    ])
    expect(code).toBe(0)
    const used = [...sent.matchAll(/\*\d+\r\n\$\d+\r\n([a-z]+)\r\n/gi)].map(([, name]) => name?.toLowerCase())
    expect([...new Set(used)].sort()).toEqual(expect.arrayContaining(['mget', 'scan']))
    expect(used.filter((name) => !/^(?:mget|scan|get|select|info|client|hello)$/.test(name ?? ''))).toEqual([])
    await relay.stop()
  })

  it('refuses another session secret, and a file that has none', async () => {
    const { tokens } = household()
    const site = await oldSite(tokens)
    const file = path.join(path.dirname(emptyFolder()), 'other')
    const run = async (text: string) => {
      writeFileSync(file, text)
      return commands.run([
        ...['migrate', 'from-gafaelfawr', '--redis', site.redisUrl, '--database', site.databaseUrl],
        ...['--session-secret-file', file],
      ])
    }
    const other = await run(sessionSecret())
    expect(other.code).toBe(1)
    expect(other.output).toContain('None of the tokens was encrypted with this session secret.')
    const none = await run('no secret at all')
    expect(none.code).toBe(1)
    expect(none.output).toContain('holds no session secret')
    expect(none.output).not.toContain('no secret at all')
    expect(await keysHere(tokens)).toEqual({ tokens: 0, marks: 0, history: 0 })
  })

  it('names each value that it cannot read by its key, and imports the others', async () => {
    const { tokens, user, session } = household()
    const site = await oldSite(tokens)
    const [truncated, ofAnother, robot, ended, orphan] = [
      value(),
      value(),
      value({ token_type: 'robot' }),
      value({ expires: commands.site().now() - 1 }),
      value({ token_type: 'notebook', expires: commands.site().now() + HOUR }),
    ]
    const texts = encrypt(
      site.secret,
      [truncated, robot, ended, user].map((each) => JSON.stringify(each)),
    )
    await site.put(truncated.token.key, (texts[0] ?? '').slice(0, 150))
    await site.put(robot.token.key, texts[1] ?? '')
    await site.put(ended.token.key, texts[2] ?? '')
    await site.put(ofAnother.token.key, texts[3] ?? '')
    const gone = value({ token_type: 'session', expires: commands.site().now() + HOUR })
    await site.add([{ value: gone }, { value: orphan, parent: gone }])
    await site.redis.del(`token:${gone.token.key}`)
    const { code, output } = await migrate(site)
    expect(code).toBe(1)
    expect(output).toContain(`token ${truncated.token.key} is cut off`)
    expect(output).toContain(`token ${ofAnother.token.key} is the value of another key`)
    expect(output).toContain(`token ${robot.token.key} has a type that is not known here`)
    expect(output).toContain(`token ${ended.token.key} has ended`)
    expect(output).toContain(`token ${orphan.token.key} came from a token that has ended`)
    expect(await keysHere(tokens)).toEqual({ tokens: 6, marks: 6, history: 6 })
    for (const each of [truncated, ofAnother, robot, ended, orphan]) expect(await check(each)).toBe(401)
    for (const each of [user, session]) expect(await check(each)).toBe(200)
    const listed = [{ value: truncated }, { value: robot }, ...tokens]
    for (const text of [...secretsOf(site, listed), ...texts.map((each) => each.slice(0, 40))])
      expect(output).not.toContain(text)
    for (const { token } of [truncated, ofAnother, robot]) await site.redis.del(`token:${token.key}`)
    expect((await migrate(site)).code).toBe(0)
  })

  it('keeps names that differ in their case, of one owner and of two', async () => {
    const [one, other] = [someone(), someone()]
    const named = [
      { value: value({ username: one }), name: 'Laptop' },
      { value: value({ username: one }), name: 'laptop' },
      { value: value({ username: other }), name: 'LAPTOP' },
    ]
    await commands.site().token(other, { name: 'LAPTOP' })
    expect((await migrate(await oldSite(named))).code).toBe(0)
    const names = await Promise.all(named.map(async (each) => (await tokenOf(each.value)).token_name))
    expect(names).toEqual(['Laptop', 'laptop', 'LAPTOP (2)'])
  })

  it('imports clients of OpenID Connect and quota overrides once, and names what it cannot take', async () => {
    const site = await oldSite()
    const file = path.join(path.dirname(emptyFolder()), 'clients')
    const fileSecret = 'a secret in the file'
    writeFileSync(
      file,
      JSON.stringify([
        { id: 'idac', secret: fileSecret, return_uri: 'https://idac.example.org/' },
        { id: 'plain', secret: fileSecret, return_uri: 'http://idac.example.org/' },
      ]),
    )
    await site.database.query(
      `INSERT INTO oidc_client VALUES ('chronograf', $1, 'https://chronograf.example.org/', 'Chronograf', NULL, now(), now(), 'root')`,
      [Buffer.from(`$2b$06$${'a'.repeat(53)}`)],
    )
    await site.redis.set('quota-overrides', JSON.stringify({ default: { api: { tap: 7 } } }))
    const dry = await migrate(site, '--oidc-clients', file, '--dry-run')
    expect(dry.output).toContain('OpenID Connect clients: 2 imported, 0 already there.')
    expect((await api('get', 'quota-overrides')).status).toBe(404)
    const first = await migrate(site, '--oidc-clients', file)
    expect(first.code).toBe(1)
    expect(first.output).toContain('client plain has a return address')
    expect(first.output).toContain('Quota overrides: imported.')
    expect((await api('get', 'quota-overrides')).body).toMatchObject({ default: { api: { tap: 7 } } })
    const where = { id: { in: ['chronograf', 'idac', 'plain'] } }
    const clients = await prisma().oidcClient.findMany({ where, orderBy: { id: 'asc' } })
    expect(clients.map(({ id, description }) => [id, description])).toEqual([
      ['chronograf', 'Chronograf'],
      ['idac', 'idac'],
    ])
    expect((await api('delete', 'quota-overrides')).status).toBe(204)
    const again = await migrate(site, '--oidc-clients', file)
    expect(again.output).toContain('OpenID Connect clients: 0 imported, 2 already there.')
    expect(again.output).toContain('Quota overrides: already there.')
    expect((await api('get', 'quota-overrides')).status).toBe(404)
    writeFileSync(file, `{"secret": "${fileSecret}"`)
    const broken = await migrate(site, '--oidc-clients', file)
    expect(broken.output).toContain('holds no clients')
    for (const { output } of [dry, first, again, broken]) expect(output).not.toContain(fileSecret)
  })

  it('imports the numbers of Firestore, which users have whose sources name none, and changes none that stands', async () => {
    const { user, service, tokens, username } = household()
    const site = await oldSite(tokens)
    const file = path.join(path.dirname(emptyFolder()), 'numbers')
    const write = (...lines: string[]) => writeFileSync(file, ['kind,name,id', ...lines].join('\n'))
    const infoOf = async (of: GafaelfawrValue) => {
      const asked = request(commands.site().server).get('/auth/api/v1/user-info')
      return (await asked.set('Authorization', `Bearer ${tokenText(of)}`)).body
    }
    const numbersHere = async () => ({
      uids: await prisma().assignedUid.findMany({ orderBy: { uid: 'asc' } }),
      gid: (await prisma().group.findUnique({ where: { name: 'g_firestore' } }))?.gid,
    })
    const bot = `bot-${username}`
    write(`user,${username},3000001`, `user,${bot},100000`, 'group,g_firestore,2000001')
    const dry = await migrate(site, '--id-csv', file, '--dry-run')
    expect(dry.output).toContain('UIDs and GIDs: 3 imported, 0 already there, 0 refused.')
    expect(await numbersHere()).toEqual({ uids: [], gid: undefined })
    const first = await migrate(site, '--id-csv', file)
    expect([first.code, first.output]).toEqual([0, expect.stringContaining('3 imported, 0 already there, 0 refused.')])
    expect([(await infoOf(user)).uid, (await infoOf(service)).uid]).toEqual([3000001, 100000])
    const after = await numbersHere()
    expect(after).toEqual({
      uids: [
        { username: bot, uid: 100000 },
        { username, uid: 3000001 },
      ],
      gid: 2000001,
    })
    const account = { username: 'hopper', password: new Secret(PASSWORD), groups: [] }
    const taken = await addAccount(commands.site().context, { ...account, uid: 3000001 })
    expect(taken).toMatchObject({ code: 'invalid_account' })
    expect(await addAccount(commands.site().context, account)).toMatchObject({ uid: 3000002 })
    write(
      ...[`user,${username},3000001`, `user,${username},3000003`, `user,${bot},100001`, 'user,grace,100000'],
      ...['group,g_firestore,2000002', 'group,g_other,2000001', 'user,root,0'],
    )
    const again = await migrate(site, '--id-csv', file)
    expect(again.code).toBe(1)
    for (const line of [
      'UIDs and GIDs: 0 imported, 1 already there, 6 refused.',
      `line 3: user ${username} has UID 3000001, not 3000003`,
      `line 4: user ${bot} has UID 100000, not 100001`,
      `line 5: UID 100000 belongs to user ${bot}, not grace`,
      'line 6: group g_firestore has GID 2000001, not 2000002',
      'line 7: GID 2000001 belongs to group g_firestore, not g_other',
      'line 8: "0" is not a number from 1',
    ])
      expect(again.output).toContain(line)
    expect(await numbersHere()).toEqual(after)
    writeFileSync(file, `user,${username},3000001\n`)
    const headless = await migrate(site, '--id-csv', file)
    expect([headless.code, headless.output]).toEqual([1, expect.stringContaining('does not name the columns')])
  })

  it('refuses a schema that it does not know', async () => {
    const { tokens } = household()
    const site = await oldSite(tokens)
    await site.database.query("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    const { code, output } = await migrate(site)
    expect(code).toBe(1)
    expect(output).toContain('has the schema ffffffffffff, which this version does not know')
    expect(await keysHere(tokens)).toEqual({ tokens: 0, marks: 0, history: 0 })
  })

  it('leaves what was revoked or edited here as it is', async () => {
    const { tokens, user, session, notebook, username } = household()
    const site = await oldSite(tokens)
    await migrate(site)
    const edited = await request(commands.site().server)
      .patch(`/auth/api/v1/users/${username}/tokens/${user.token.key}`)
      .set('Authorization', `Bearer ${admin}`)
      .send({ scopes: ['user:token'] })
    expect(edited.status).toBe(200)
    await api('delete', `users/${username}/tokens/${session.token.key}`)
    const { code } = await migrate(site)
    expect(code).toBe(0)
    expect(await check(user)).toBe(403)
    for (const each of [session, notebook]) expect(await check(each)).toBe(401)
  })

  it('takes what the settings have of Gafaelfawr’s stores, so that no password is in the list of processes', async () => {
    const { tokens, user } = household()
    const site = await oldSite(tokens)
    const settings = {
      POSTERN_GAFAELFAWR: '{}',
      POSTERN_GAFAELFAWR_REDIS_URL: site.redisUrl,
      POSTERN_GAFAELFAWR_DATABASE_URL: site.databaseUrl,
      POSTERN_GAFAELFAWR_SESSION_SECRET_FILE: site.secretFile,
    }
    const command = ['migrate', 'from-gafaelfawr']
    const { code, output } = await runIn({ ...commands.environment(), ...settings }, command)
    expect([code, row(output, 'user')]).toEqual([0, [1, 1, 0, 0, 0]])
    expect(await check(user)).toBe(200)
    expect(await commands.run(command)).toMatchObject({ code: 1, output: expect.stringContaining('are not all named') })
  })

  it('says what has changed at Gafaelfawr since, and changes it only when told to follow', async () => {
    const { tokens, user, notebook } = household()
    const site = await oldSite(tokens)
    await migrate(site)
    await site.edit({ ...user, scopes: ['user:token'] })
    expect(row((await migrate(site)).output, 'user')).toEqual([1, 0, 0, 1, 0])
    await site.revoke(notebook, commands.site().now())
    for (const each of [user, notebook]) expect(await check(each)).toBe(200)
  })
})

describeWith(['cryptography'], 'a migration that is interrupted', () => {
  const many = () => Array.from({ length: 1_200 }, () => ({ value: value({ username: 'many' }) }))

  it('by the end of Gafaelfawr’s Redis or database says so, and is right when it is run again', async () => {
    const tokens = many()
    const site = await oldSite(tokens)
    let asked = 0
    const cutAtSecond = (word: string) => ({
      onSent: (chunk: Buffer) => {
        if (chunk.includes(word) && ++asked === 2) void relays.map((each) => each.cut())
      },
    })
    const [redis, database] = [
      await startRelay(site.redisUrl, cutAtSecond('mget')),
      await startRelay(site.databaseUrl, cutAtSecond('token_name AS name')),
    ]
    let relays = [redis]
    const run = (redisUrl: string, databaseUrl: string) =>
      commands.run([
        ...['migrate', 'from-gafaelfawr', '--redis', redisUrl, '--database', databaseUrl],
        ...['--session-secret-file', site.secretFile],
      ])
    const first = await run(redis.url, site.databaseUrl)
    expect(first.code).toBe(1)
    expect(first.output).toContain('Gafaelfawr’s Redis does not answer'.replace('’', "'"))
    expect((await keysHere(tokens)).tokens).toBe(500)
    relays = [database]
    asked = 0
    const second = await run(site.redisUrl, database.url)
    expect(second.code).toBe(1)
    expect(second.output).toContain("Gafaelfawr's database does not answer")
    const third = await migrate(site)
    expect(third.code).toBe(0)
    expect(row(third.output, 'user')?.[0]).toBe(1_200)
    expect(await keysHere(tokens)).toEqual({ tokens: 1_200, marks: 1_200, history: 1_200 })
    await Promise.all([redis.stop(), database.stop()])
  })

  it.each([
    'INSERT INTO token_import',
    'INSERT INTO token (',
    'INSERT INTO token_change',
    'INSERT INTO audit_event',
    'COMMIT',
  ])('at the write %s leaves nothing half done, and is right when it is run again', async (write) => {
    const tokens = many().slice(0, 600)
    const site = await oldSite(tokens)
    const { DATABASE_URL = '' } = commands.environment()
    let seen = 0
    const relay = await startRelay(DATABASE_URL, {
      onSent: (chunk) => {
        if (chunk.includes(write) && ++seen === 1) void relay.cut()
      },
    })
    const environment = commands.environment()
    const direct = environment.DATABASE_URL ?? ''
    environment.DATABASE_URL = relay.url
    const { code, output } = await migrate(site)
    environment.DATABASE_URL = direct
    expect(code).toBe(1)
    expect(output).toContain('A store does not answer')
    const { tokens: rows, marks, history } = await keysHere(tokens)
    expect([marks, history]).toEqual([rows, rows])
    expect((await migrate(site)).code).toBe(0)
    expect(await keysHere(tokens)).toEqual({ tokens: 600, marks: 600, history: 600 })
    await relay.stop()
  })

  it('by SIGKILL is right when it is run again', async () => {
    const tokens = many()
    const site = await oldSite(tokens)
    const command = [process.execPath, 'server/operate/cli/postern.mjs', 'migrate', 'from-gafaelfawr', ...site.options]
    const run = start(command, commands.environment())
    await eventually(async () => expect((await keysHere(tokens)).tokens).toBeGreaterThan(0))
    run.child.kill('SIGKILL')
    await run.ended()
    const { tokens: rows, marks, history } = await keysHere(tokens)
    expect([marks, history]).toEqual([rows, rows])
    expect((await migrate(site)).code).toBe(0)
    expect(await keysHere(tokens)).toEqual({ tokens: 1_200, marks: 1_200, history: 1_200 })
  })
})
