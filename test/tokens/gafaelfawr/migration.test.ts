import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { parseFernetKey } from '../../../server/core/gafaelfawr/fernet.js'
import type { MigrationReport } from '../../../server/core/gafaelfawr/report.js'
import { DAY, HOUR } from '../../../server/core/time.js'
import { OPERATOR_ACTOR } from '../../../server/core/token/history.js'
import { Secret } from '../../../server/core/token/secret.js'
import { DatabaseSource } from '../../../server/storage/gafaelfawr/database-source.js'
import { ValueSource } from '../../../server/storage/gafaelfawr/value-source.js'
import { Migration, type MigrationOptions } from '../../../server/tokens/gafaelfawr/migration/migration.js'
import { sweepExpired } from '../../../server/tokens/sweep-expired.js'
import { request } from '../../support/documented.js'
import { OldSite, type OldToken } from '../../support/gafaelfawr/old-site.js'
import { type GafaelfawrValue, gafaelfawrValue, tokenText } from '../../support/gafaelfawr/values.js'
import { ASKED, type RunningPostern, startPostern } from '../../support/postern.js'
import { describeWith } from '../../support/run/requires.js'

let postern: RunningPostern
let admin: string
let nextUser = 0
const opened: (() => Promise<void>)[] = []

beforeAll(async () => {
  postern = await startPostern()
  admin = await postern.token('root', { scopes: ['admin:token'] })
})
afterAll(async () => {
  for (const close of opened) await close()
  await postern.stop()
})

const someone = () => `follower-${++nextUser}`
const value = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({ created: postern.now() - 2 * DAY, username: someone(), ...fields })

/** A Gafaelfawr with these tokens, and a migration that may go round by round. */
async function moving(tokens: readonly OldToken[], more: Partial<MigrationOptions> = {}) {
  const site = await OldSite.start()
  await site.add(tokens)
  const session = parseFernetKey(new Secret(site.secret))
  if (!session) throw new Error('No session secret')
  const values = await ValueSource.open(new Secret(site.redisUrl))
  const database = new DatabaseSource(new Secret(site.databaseUrl))
  opened.push(async () => {
    values.close()
    await database.close()
    await site.stop()
  })
  const options = {
    dryRun: false,
    history: false,
    follow: true,
    followGroups: false,
    actor: { username: OPERATOR_ACTOR },
  }
  const migration = new Migration(postern.context, { values, database, session }, { ...options, ...more })
  return { site, round: () => migration.round() }
}

const check = async (of: GafaelfawrValue, query = 'scope=read:tap') => {
  const asked = request(postern.server).get(`/ingress/auth?${query}`).set(ASKED)
  return (await asked.set('Authorization', `Bearer ${tokenText(of)}`)).status
}
const api = (method: 'get' | 'delete', path: string) =>
  request(postern.server)[method](`/auth/api/v1/${path}`).set('Authorization', `Bearer ${admin}`)
const historyOf = async ({ token, username }: GafaelfawrValue): Promise<Record<string, unknown>[]> => {
  const { body } = await api('get', `users/${username}/tokens/${token.key}/change-history`)
  return body.filter((entry: { token: string }) => entry.token === token.key)
}
const actionsOf = async (of: GafaelfawrValue) => (await historyOf(of)).map(({ action }) => action)
const edit = async ({ username, token }: GafaelfawrValue, wish: Record<string, unknown>) => {
  const path = `/auth/api/v1/users/${username}/tokens/${token.key}`
  const { status } = await request(postern.server).patch(path).set('Authorization', `Bearer ${admin}`).send(wish)
  expect(status).toBe(200)
}
/** What a round has found; tokens of other tests are missing, too. */
const found = ({ imported, changed, revoked, missing }: MigrationReport) => ({ imported, changed, revoked, missing })

describeWith(['cryptography'], 'a migration that follows', () => {
  it('takes over what is new, edited and revoked at Gafaelfawr from round to round', async () => {
    const [kept, widened, renamed] = [value(), value({ scopes: ['user:token'] }), value()]
    const session = value({ token_type: 'session', expires: postern.now() + HOUR })
    const { username, expires } = session
    const notebook = value({ username, token_type: 'notebook', expires })
    const { site, round } = await moving([
      { value: kept },
      { value: widened },
      { value: renamed, name: 'before' },
      { value: session },
      { value: notebook, parent: session },
    ])
    expect(found(await round())).toMatchObject({ imported: 5, changed: 0, revoked: 0 })
    expect(found(await round())).toMatchObject({ imported: 0, changed: 0, revoked: 0 })
    expect(await check(widened)).toBe(403)

    const fresh = value()
    await site.add([{ value: fresh }])
    await site.edit({ ...widened, scopes: ['read:tap', 'user:token'], expires: postern.now() + DAY })
    await site.database.query("UPDATE token SET token_name = 'after' WHERE token = $1", [renamed.token.key])
    await site.tell([{ value: renamed, action: 'edit', at: postern.now(), name: 'after', old: { name: 'before' } }])
    await site.revoke(notebook, postern.now())
    await site.revoke(session, postern.now())
    expect(found(await round())).toMatchObject({ imported: 1, changed: 2, revoked: 2 })

    for (const each of [kept, widened, fresh]) expect(await check(each)).toBe(200)
    for (const each of [session, notebook]) {
      expect(await check(each)).toBe(401)
      expect(await actionsOf(each)).toEqual(['revoke', 'create'])
    }
    const [edited] = await historyOf(widened)
    expect(edited).toMatchObject({ action: 'edit', actor: '<operator>', old_scopes: ['user:token'], old_expires: null })
    expect((await historyOf(renamed))[0]).toMatchObject({ token_name: 'after', old_token_name: 'before' })
    expect(found(await round())).toMatchObject({ imported: 0, changed: 0, revoked: 0 })
  })

  it('leaves what was edited here since as it is, also when it is edited there after that', async () => {
    const narrowed = value()
    const { site, round } = await moving([{ value: narrowed, name: 'wide' }])
    await round()
    await edit(narrowed, { scopes: ['user:token'] })
    await site.edit({ ...narrowed, scopes: ['read:tap', 'user:token'], expires: postern.now() + DAY })
    expect(found(await round())).toMatchObject({ changed: 0 })
    expect(await check(narrowed)).toBe(403)
    expect((await historyOf(narrowed)).map(({ action }) => action)).toEqual(['edit', 'create'])
    expect(found(await round())).toMatchObject({ changed: 0 })
  })

  it('brings nothing back that was revoked here, also when it is edited there after that', async () => {
    const revoked = value()
    const { site, round } = await moving([{ value: revoked }])
    await round()
    await api('delete', `users/${revoked.username}/tokens/${revoked.token.key}`)
    await site.edit({ ...revoked, scopes: ['read:tap'] })
    expect(found(await round())).toMatchObject({ imported: 0, changed: 0 })
    expect(await check(revoked)).toBe(401)
  })

  it('ends a token that was edited here and is revoked there', async () => {
    const both = value()
    const { site, round } = await moving([{ value: both }])
    await round()
    await edit(both, { token_name: 'mine now' })
    await site.revoke(both, postern.now())
    expect(found(await round())).toMatchObject({ revoked: 1 })
    expect(await check(both)).toBe(401)
  })

  it('ends nothing when the old Redis was flushed', async () => {
    const tokens = Array.from({ length: 3 }, () => ({ value: value() }))
    const { site, round } = await moving(tokens)
    await round()
    await site.redis.flushdb()
    const { missing, ...others } = found(await round())
    expect(others).toEqual({ imported: 0, changed: 0, revoked: 0 })
    expect(missing).toBeGreaterThanOrEqual(3)
    for (const each of tokens) expect(await check(each.value)).toBe(200)
  })

  it('adds the parent to a token that was imported before its row was written', async () => {
    const session = value({ token_type: 'session', expires: postern.now() + HOUR })
    const { username, expires } = session
    const notebook = value({ username, token_type: 'notebook', expires })
    const { site, round } = await moving([{ value: session }, { value: notebook, parent: session }])
    await site.database.query('DELETE FROM token WHERE token = $1', [notebook.token.key])
    await round()
    const text = (await site.redis.get(`token:${notebook.token.key}`)) ?? ''
    await site.add([{ value: notebook, parent: session }])
    await site.put(notebook.token.key, text)
    await site.tell([{ value: notebook, action: 'create', at: postern.now() }])
    expect(found(await round())).toMatchObject({ changed: 1 })
    await api('delete', `users/${username}/tokens/${session.token.key}`)
    expect(await check(notebook)).toBe(401)
    expect(await actionsOf(notebook)).toEqual(['revoke', 'create'])
  })

  it('has a followed end of a session in the history once', async () => {
    const session = value({ token_type: 'session', expires: postern.now() + 2 * HOUR })
    const { site, round } = await moving([{ value: session }])
    await round()
    await site.edit({ ...session, expires: postern.now() + HOUR })
    await round()
    postern.advance(HOUR + 1)
    await sweepExpired(postern.context)
    await sweepExpired(postern.context)
    postern.advance(-HOUR - 1)
    expect(await actionsOf(session)).toEqual(['expire', 'edit', 'create'])
  })
})

describeWith(['cryptography'], 'the history of Gafaelfawr', () => {
  it('comes in its order, once, and with it no second creation, edit or revocation', async () => {
    const user = value()
    const { created, username } = user
    const notebook = value({ username, token_type: 'notebook', expires: postern.now() + HOUR })
    const { site, round } = await moving(
      [
        { value: user, name: 'new' },
        { value: notebook, parent: user },
      ],
      { history: true },
    )
    const at = created + 60
    await site.tell([
      { value: user, action: 'create', at: created, name: 'old', address: '192.0.2.7' },
      { value: user, action: 'edit', at, name: 'newer', old: { name: 'old' } },
      {
        value: user,
        action: 'edit',
        at,
        name: 'new',
        actor: 'root',
        old: { name: 'newer', scopes: ['exec:portal', 'user:token'] },
      },
      { value: { ...user, expires: at + DAY }, action: 'edit', at, name: 'new' },
      { value: user, action: 'edit', at, name: 'new', old: { expires: at + DAY } },
      { value: value({ created: postern.now() - 400 * DAY }), action: 'create', at: postern.now() - 400 * DAY },
    ])
    expect((await round()).history).toBe(5)
    expect((await round()).history).toBe(0)
    const entries = await historyOf(user)
    expect(entries.map(({ token_name, actor, old_token_name }) => [token_name, actor, old_token_name])).toEqual([
      ['new', username, undefined],
      ['new', username, undefined],
      ['new', 'root', 'newer'],
      ['newer', username, 'old'],
      ['old', username, undefined],
    ])
    expect(entries[0]).toMatchObject({ expires: null, old_expires: at + DAY })
    expect(entries[1]).toMatchObject({ expires: at + DAY, old_expires: null })
    expect(entries[2]).toMatchObject({ old_scopes: ['exec:portal', 'user:token'] })
    expect(entries[4]).toMatchObject({ action: 'create', ip_address: '192.0.2.7', event_time: created })
    const pages: unknown[] = []
    for (let cursor = ''; ; ) {
      const page = await api('get', `users/${username}/tokens/${user.token.key}/change-history?limit=2${cursor}`)
      pages.push(...page.body.filter((entry: { token: string }) => entry.token === user.token.key))
      const [, next] = /cursor=([^&>]+)[^>]*>; rel="next"/.exec(page.headers.link ?? '') ?? []
      if (next === undefined) break
      cursor = `&cursor=${next}`
    }
    expect(pages).toEqual(entries)

    await site.edit({ ...user, scopes: ['user:token'] })
    await site.tell([{ value: notebook, action: 'create', at: notebook.created }])
    await site.tell([
      {
        value: { ...user, scopes: ['user:token'] },
        action: 'edit',
        at: postern.now(),
        name: 'new',
        old: { scopes: user.scopes },
      },
    ])
    await site.revoke(notebook, postern.now())
    expect(await round()).toMatchObject({ history: 2, changed: 1, revoked: 1 })
    expect(await check(notebook)).toBe(401)
    expect(await check(user)).toBe(403)
    expect(await actionsOf(notebook)).toEqual(['revoke', 'create'])
    expect(await actionsOf(user)).toEqual(['edit', 'edit', 'edit', 'edit', 'edit', 'create'])
  })
})
