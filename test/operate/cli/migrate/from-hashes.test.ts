import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { foreignToken } from '../../../../server/core/token/foreign/foreign-token.js'
import { hashByRecipe } from '../../../../server/core/token/foreign/jupyterhub.js'
import { eventually } from '../../../support/eventually.js'
import { ASKED, type RunningPostern, startPostern } from '../../../support/postern.js'
import { useCommandLine } from '../command-line.js'
import { emptyFolder } from '../executable.js'

const SETTINGS = { foreignTokens: ['sha256', 'jupyterhub'], tokenCookies: ['mast_token'] }
const { site, environment, run } = useCommandLine((options) => startPostern({ ...options, settings: SETTINGS }))

beforeAll(async () => {
  Object.assign(environment(), {
    POSTERN_FOREIGN_TOKENS: '[sha256, jupyterhub]',
    POSTERN_TOKEN_COOKIES: '[mast_token]',
  })
  for (const username of ['ada', 'grace']) await site().account(username)
})

let made = 0
/** A token as MAST issues them, of 32 hexadecimal digits. */
const ofMast = () => createHash('md5').update(`token ${++made}`).digest('hex')
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const ofHub = (token: string, rounds = 1) => hashByRecipe(`sha512:${rounds}:0123456789abcdef`, token)
const keyOf = (token: string) => foreignToken('sha256', token).key
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

const fromHashes = (table: string, ...options: string[]) => run(['migrate', 'from-hashes', '-', ...options], table)
const fromMast = (rows: string, ...options: string[]) =>
  fromHashes(`hash,username,name,scopes,expires\n${rows}`, '--algorithm', 'sha256', ...options)

/** What the command prints of its counts. */
const counts = (...numbers: number[]) => expect.stringMatching(new RegExp(`^READ.*\n${numbers.join(' +')}\n`))

const check = (headers: Record<string, string>, at: RunningPostern = site()) =>
  request(at.server)
    .get('/ingress/auth?scope=read:tap&cookie=mast_token')
    .set({ ...ASKED, ...headers })
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
const statusOf = async (token: string) => (await check(bearer(token))).status

/** The API as the administrator's script uses it. */
async function asAdministrator() {
  await site().account('root-admin', ['admins', 'users'])
  const token = await site().token('root-admin', { scopes: ['admin:token', 'user:token'], name: `script ${++made}` })
  const agent = (method: 'get' | 'patch' | 'delete', url: string) =>
    request(site().server)[method](`/auth/api/v1${url}`).set(bearer(token))
  return agent
}

describe('postern migrate from-hashes', () => {
  it('imports a table of MAST, and every carrier takes its tokens, also from the cache, and forwards none', async () => {
    const token = ofMast()
    const imported = await fromMast(`${sha256(token)},ada,laptop,read:tap user:token,`)
    expect(imported).toEqual({ code: 0, output: counts(1, 1, 0, 0, 0) })
    const carriers = [
      bearer(token),
      { Authorization: `token ${token}` },
      { Authorization: basic(`x-oauth-basic:${token}`) },
      { Authorization: basic(`${token}:`) },
      { Cookie: `mast_token=${token}; theme=dark` },
    ]
    for (const carrier of [...carriers, ...carriers]) {
      const response = await check(carrier)
      expect([response.status, response.headers['x-auth-request-user']]).toEqual([200, 'ada'])
      expect(JSON.stringify(response.headers)).not.toContain(token)
      expect(JSON.stringify(response.headers)).not.toContain(Buffer.from(token).toString('base64').slice(4, 20))
    }
  })

  it('imports hashes of JupyterHub in JSON lines, of tokens that it made and of those that users chose', async () => {
    const [generated, chosen] = [ofMast(), `chosen-by-its-user-${++made}`]
    const rows = [
      { hash: ofHub(generated), prefix: generated.slice(0, 4), username: 'grace', scopes: ['read:tap'] },
      { hash: ofHub(chosen, 16_384), prefix: chosen.slice(0, 4), username: 'grace', name: 'script' },
    ]
    const table = rows.map((row) => JSON.stringify(row)).join('\n')
    const imported = await fromHashes(table, '--algorithm', 'jupyterhub', '--scopes', 'read:tap')
    expect(imported).toEqual({ code: 0, output: counts(2, 2, 0, 0, 0) })
    for (const token of [generated, chosen, chosen]) {
      // The message of the import is on its way to the site.
      await eventually(async () => (await statusOf(token)) === 200)
      const response = await check({ Authorization: `token ${token}` })
      expect([response.status, response.headers['x-auth-request-user']]).toEqual([200, 'grace'])
    }
    expect(await statusOf(`${generated.slice(0, -1)}x`)).toBe(401)
  })

  it('gives each a key, by which it is listed, edited and revoked, with its history', async () => {
    const token = ofMast()
    await fromMast(`${sha256(token)},grace,survey,read:tap,`)
    const [api, key] = [await asAdministrator(), keyOf(token)]
    const { body } = await api('get', '/users/grace/tokens').expect(200)
    expect(body).toContainEqual(expect.objectContaining({ token: key, token_name: 'survey', scopes: ['read:tap'] }))
    await api('patch', `/users/grace/tokens/${key}`).send({ token_name: 'survey 2' }).expect(200)
    expect(await statusOf(token)).toBe(200)
    await api('delete', `/users/grace/tokens/${key}`).expect(204)
    expect(await statusOf(token)).toBe(401)
    const history = await api('get', `/users/grace/tokens/${key}/change-history`).expect(200)
    expect(history.body.map(({ action }: { action: string }) => action)).toEqual(['revoke', 'edit', 'create'])
  })

  it('leaves what was revoked or edited since as it is, however often it runs', async () => {
    const [revoked, edited] = [ofMast(), ofMast()]
    const rows = `${sha256(revoked)},ada,old,read:tap,\n${sha256(edited)},ada,kept,read:tap user:token,`
    expect((await fromMast(rows)).output).toEqual(counts(2, 2, 0, 0, 0))
    const api = await asAdministrator()
    await api('delete', `/users/ada/tokens/${keyOf(revoked)}`).expect(204)
    await api('patch', `/users/ada/tokens/${keyOf(edited)}`)
      .send({ scopes: ['user:token'] })
      .expect(200)
    for (const _again of [1, 2]) expect(await fromMast(rows)).toEqual({ code: 0, output: counts(2, 0, 2, 0, 0) })
    expect([await statusOf(revoked), await statusOf(edited)]).toEqual([401, 403])
  })

  it('hands on a token of it to a service, and both end together', async () => {
    const token = ofMast()
    await fromMast(`${sha256(token)},ada,notebook,read:tap,`)
    const response = await request(site().server)
      .get('/ingress/auth?scope=read:tap&notebook=true')
      .set({ ...ASKED, ...bearer(token) })
    const child = response.headers['x-auth-request-token'] ?? ''
    expect([child, await statusOf(child)]).toEqual([expect.stringMatching(/^gt-/), 200])
    await (await asAdministrator())('delete', `/users/ada/tokens/${keyOf(token)}`).expect(204)
    expect(await statusOf(child)).toBe(401)
  })

  it('names each row that it refuses, imports the others, and ends with 1', async () => {
    const [good, twice] = [ofMast(), ofMast()]
    const rows = [
      `${sha256(good)},ada,good,read:tap,`,
      `${sha256(ofMast())},Ada Lovelace,,read:tap,`,
      `${sha256(twice)},ada,one,read:tap,`,
      `${sha256(twice)},grace,two,read:tap,`,
      `${sha256(ofMast())},ada,,mast:exclusive_access,`,
      `${sha256(ofMast())},ada,past,read:tap,2001-01-01`,
    ]
    const { code, output } = await fromMast(rows.join('\n'))
    expect([code, output]).toEqual([1, counts(6, 2, 0, 1, 3)])
    expect(output).toContain('line 3: username is not one that a user can have here\n')
    expect(output).toContain('line 5: it has the hash of line 4\n')
    expect(output).toContain('line 6: knownScopes has no scope mast:exclusive_access\n')
    expect([await statusOf(good), await statusOf(twice)]).toEqual([200, 200])
  })

  // biome-ignore format: a table reads in columns
  it.each([
    ['has an unknown column',  (row: string) => `hash,user\n${row}`,                      'Line 1 of the file: there is no column user'],
    ['has a row of more cells', (row: string) => `hash,username\n${row}\n${row},ada,more`, 'Line 3 of the file: it has another number of cells'],
    ['breaks off in JSON',     (row: string) => `{"hash": "${row.slice(0, 64)}", "username": "ada", "algorithm": "sha256"}\n{"hash": "${row.slice(0, 40)}`, 'Line 2 of the file: it is no JSON object'],
  ])('imports nothing of a file that %s', async (_fault, table, sentence) => {
    const token = ofMast()
    const { code, output } = await fromHashes(table(`${sha256(token)},ada`), '--algorithm', 'sha256', '--scopes', 'read:tap')
    expect([code, output]).toEqual([1, expect.stringContaining(sentence)])
    expect(output).toContain('Nothing was imported.')
    expect(output).not.toContain(sha256(token).slice(0, 20))
    expect(await statusOf(token)).toBe(401)
  })

  it('changes nothing in a dry run, and says what it would do', async () => {
    const [before, token] = [ofMast(), ofMast()]
    await fromMast(`${sha256(before)},ada,before,read:tap,`)
    const rows = `${sha256(before)},ada,before,read:tap,\n${sha256(token)},ada,new,read:tap,`
    const { code, output } = await fromMast(rows, '--dry-run')
    expect([code, output]).toEqual([0, counts(2, 1, 1, 0, 0)])
    expect(output).toContain('WOULD BE IMPORTED')
    expect(await statusOf(token)).toBe(401)
  })

  it('reads a file of many rows in batches', async () => {
    const tokens = Array.from({ length: 1_200 }, ofMast)
    const file = path.join(path.dirname(emptyFolder()), 'hashes.csv')
    writeFileSync(file, ['hash,username,scopes', ...tokens.map((each) => `${sha256(each)},ada,read:tap`)].join('\r\n'))
    const imported = await run(['migrate', 'from-hashes', file, '--algorithm', 'sha256'])
    expect(imported).toEqual({ code: 0, output: counts(1_200, 1_200, 0, 0, 0) })
    expect(await statusOf(tokens.at(-1) ?? '')).toBe(200)
    const again = await run(['migrate', 'from-hashes', file, '--algorithm', 'sha256'])
    expect(again).toEqual({ code: 0, output: counts(1_200, 0, 1_200, 0, 0) })
  })
})

describe('an imported token', () => {
  it('cannot be replaced by its stolen hash', async () => {
    const [plain, salted] = [ofMast(), ofMast()]
    await fromMast(`${sha256(plain)},ada,,read:tap,`)
    const row = { hash: ofHub(salted), prefix: salted.slice(0, 4), username: 'ada', scopes: 'read:tap' }
    await fromHashes(JSON.stringify({ ...row, algorithm: 'jupyterhub' }))
    await eventually(async () => (await statusOf(salted)) === 200)
    expect(await statusOf(plain)).toBe(200)
    expect([await statusOf(sha256(plain)), await statusOf(ofHub(salted))]).toEqual([401, 401])
    expect(await statusOf(sha256(ofHub(salted)))).toBe(401)
  })

  it('that is unknown is invalid, but in Basic it may be a password of the service', async () => {
    const unknown = ofMast()
    const refused = await check(bearer(unknown))
    expect(refused.headers['www-authenticate']).toContain('error="invalid_token"')
    const other = await check({ Authorization: basic(`ada:${unknown}`) })
    expect([other.status, other.headers['www-authenticate']]).toEqual([401, expect.not.stringContaining('error=')])
  })

  it('ends at its time', async () => {
    const token = ofMast()
    await fromMast(`${sha256(token)},ada,short,read:tap,${site().now() + 3_600}`)
    expect(await statusOf(token)).toBe(200)
    site().advance(3_700)
    expect(await statusOf(token)).toBe(401)
  })

  describe('on a site without the setting', () => {
    let other: RunningPostern

    beforeAll(async () => {
      const { DATABASE_URL = '', REDIS_URL = '', POSTERN_SECRET = '' } = environment()
      other = await startPostern({ databaseUrl: DATABASE_URL, redisUrl: REDIS_URL, secret: POSTERN_SECRET })
    })
    afterAll(() => other.stop())

    it('is refused in the words of Gafaelfawr, and the command says what is missing', async () => {
      const token = ofMast()
      const { POSTERN_FOREIGN_TOKENS: taken = '', ...rest } = environment()
      for (const name of Object.keys(environment())) if (!(name in rest)) delete environment()[name]
      const imported = await fromMast(`${sha256(token)},grace,later,read:tap,`)
      environment().POSTERN_FOREIGN_TOKENS = taken
      expect(imported.output).toContain('foreignTokens does not have sha256')
      const refused = await check(bearer(token), other)
      expect(refused.headers['www-authenticate']).toContain('error_description="Token does not start with gt-"')
      expect((await check(bearer(token))).status).toBe(200)
    })
  })
})
