import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseFernetKey } from '../../server/core/gafaelfawr/fernet.js'
import { readStoredToken } from '../../server/core/gafaelfawr/stored-token.js'
import { DAY, HOUR } from '../../server/core/time.js'
import { INTERNAL } from '../../server/core/token/history.js'
import { Secret } from '../../server/core/token/secret.js'
import type { TokenKey } from '../../server/core/token/token.js'
import { applyReductions } from '../../server/operate/restore/apply-reductions.js'
import { importTokens } from '../../server/storage/postgres/imports/import-tokens.js'
import type { ImportedToken } from '../../server/storage/postgres/imports/imported-token.js'
import { commit } from '../../server/storage/unit-of-work.js'
import { previewIssuedBefore, revokeIssuedBefore } from '../../server/tokens/incident/revoke-issued-before.js'
import { endSessions } from '../../server/tokens/revoke.js'
import { revokeEverything } from '../../server/tokens/revoke-everything.js'
import { sweepExpired } from '../../server/tokens/sweep-expired.js'
import { storedEvents } from '../storage/audit/support/events.js'
import { request } from '../support/documented.js'
import {
  encrypt,
  type GafaelfawrValue,
  gafaelfawrValue,
  secretHashOf,
  sessionSecret,
  tokenText,
} from '../support/gafaelfawr/values.js'
import { ASKED, type RunningPostern, startPostern } from '../support/postern.js'
import { describeWith } from '../support/run/requires.js'

let postern: RunningPostern
let admin: string
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern({
    settings: { localAccounts: true, sessionIdleLifetime: '12h', limits: { tokensPerUser: 2 } },
  })
  admin = await postern.token('root', { scopes: ['admin:token'] })
})
afterAll(() => postern.stop())

const someone = () => `mover-${++nextUser}`
const value = (fields: Partial<GafaelfawrValue> = {}) =>
  gafaelfawrValue({ created: postern.now() - 2 * DAY, ...fields })
const keyOf = ({ token }: GafaelfawrValue) => token.key as TokenKey

/** A token as the import has it; names and parents are not in the value. */
function imported(
  of: GafaelfawrValue,
  more: { readonly name?: string; readonly parent?: GafaelfawrValue } = {},
): ImportedToken {
  const { name, parent } = more
  const { token: _token, token_type: type, username, scopes, created, expires, service } = of
  const record = {
    key: keyOf(of),
    type: type as 'user',
    username,
    scopes: scopes as [],
    created,
    granted: true as const,
    ...(expires !== null && { expires }),
    ...(service !== null && { service }),
    ...(name !== undefined && { name }),
    ...(parent && { parent: keyOf(parent) }),
  }
  return { record, secretHash: secretHashOf(of) }
}

const importAll = (tokens: readonly ImportedToken[]) =>
  commit(postern.context, (work) =>
    importTokens(work, tokens, { source: 'gafaelfawr', actor: INTERNAL, now: postern.now() }),
  )

const check = async (token: string, query = 'scope=read:tap') => {
  const asked = request(postern.server).get(`/ingress/auth?${query}`).set(ASKED)
  return (await asked.set('Authorization', `Bearer ${token}`)).status
}
const api = (method: 'get' | 'delete', path: string, token = admin) =>
  request(postern.server)[method](`/auth/api/v1/${path}`).set('Authorization', `Bearer ${token}`)
const actionsOf = async (username: string, of: GafaelfawrValue): Promise<string[]> => {
  const { body } = await api('get', `users/${username}/tokens/${keyOf(of)}/change-history`)
  return body
    .filter((entry: { token: string }) => entry.token === keyOf(of))
    .map(({ action }: { action: string }) => action)
}

/** One token of each type: a session with a notebook, an internal token below that, and one of a client; a user's; a bot's. */
async function household(username = someone()) {
  const expires = postern.now() + HOUR
  const session = value({ username, token_type: 'session', expires })
  const user = value({ username })
  const service = value({ username: `bot-${username}`, token_type: 'service' })
  const notebook = value({ username, token_type: 'notebook', expires })
  const internal = value({ username, token_type: 'internal', service: 'tap', expires })
  const oidc = value({ username, token_type: 'oidc', expires })
  const outcomes = await importAll([
    imported(session),
    imported(user, { name: 'topcat' }),
    imported(service),
    imported(notebook, { parent: session }),
    imported(internal, { parent: notebook }),
    imported(oidc, { parent: session }),
  ])
  return { username, session, user, service, notebook, internal, oidc, outcomes, expires }
}

describeWith(['cryptography'], 'a value of Gafaelfawr', () => {
  it('made by the real Fernet is valid here, and a value of another secret is none', async () => {
    const [secret, other] = [sessionSecret(), sessionSecret()]
    const fresh = value({ username: someone() })
    const [text = ''] = encrypt(secret, [JSON.stringify(fresh)])
    const keys = [secret, other].map((each) => parseFernetKey(new Secret(each)))
    const [read, refused] = keys.map(
      (key) => key && readStoredToken(keyOf(fresh), text, key, { now: postern.now(), scopesKept: true }),
    )
    expect(refused).toBe('wrong-secret')
    if (typeof read !== 'object') throw new Error(read)
    expect(await check(tokenText(fresh))).toBe(401)
    await importAll([{ record: read.record, secretHash: secretHashOf(fresh) }])
    expect(await check(tokenText(fresh))).toBe(200)
    expect(await check(tokenText({ ...fresh, token: { ...fresh.token, secret: 'A'.repeat(22) } }))).toBe(401)
  })
})

describe('an imported token', () => {
  it('of each type is valid with its type, parent and service, from its first use on', async () => {
    const { username, outcomes, expires, ...tokens } = await household()
    expect([...outcomes.values()]).toEqual(Array(6).fill('imported'))
    for (const [type, of] of Object.entries(tokens)) {
      expect(await check(tokenText(of))).toBe(200)
      const { body } = await api('get', 'token-info', tokenText(of))
      expect(body).toMatchObject({ token: keyOf(of), username: of.username, token_type: type, created: of.created })
    }
    const { body } = await api('get', 'token-info', tokenText(tokens.internal))
    expect(body).toMatchObject({ parent: keyOf(tokens.notebook), service: 'tap', expires })
    expect(await check(tokenText(tokens.internal), 'scope=read:tap&only_service=tap')).toBe(200)
    expect(await check(tokenText(tokens.internal), 'scope=read:tap&only_service=vo')).toBe(403)
  })

  it('is known in every process before its first use', async () => {
    const { user } = await household()
    const { unsealedKeys } = postern.context
    // A lookup of an invented key makes all others wait for the next query.
    await unsealedKeys.exists('A'.repeat(22) as TokenKey)
    const begun = Promise.race([
      unsealedKeys.exists(keyOf(user)),
      unsealedKeys.exists('B'.repeat(21).concat('A') as TokenKey),
    ])
    expect(await begun).toBe(true)
  })

  it('is listed with the others of its owner, on pages and in the API', async () => {
    const { username, session, user, notebook, internal, oidc } = await household()
    const alone = value({ username, token_type: 'notebook', expires: postern.now() + HOUR })
    await importAll([imported(alone)])
    const { body } = await api('get', `users/${username}/tokens`)
    const keys = body.map(({ token }: { token: string }) => token)
    expect(keys.sort()).toEqual([session, user, notebook, internal, oidc, alone].map(keyOf).sort())
    const page = await request(postern.server)
      .get('/auth/tokens')
      .set('Cookie', `postern=${tokenText(session)}`)
    expect(page.status).toBe(200)
    const [, sessions = ''] = /aria-labelledby="web-sessions"([\s\S]*?)<\/section>/.exec(page.text) ?? []
    expect(sessions).toContain(keyOf(session))
    expect(page.text).toMatch(
      new RegExp(`From another site[^]{0,400}${keyOf(alone)}|${keyOf(alone)}[^]{0,400}From another site`),
    )
    for (const each of [user, notebook, internal, oidc, alone]) expect(page.text).toContain(keyOf(each))
    const own = page.text.slice(0, page.text.indexOf('aria-labelledby="web-sessions"'))
    expect(own).toContain(keyOf(user))
    expect(own).not.toContain(keyOf(notebook))
  })

  it('is no use older than its import to the idle timeout', async () => {
    const { session } = await household()
    expect(await check(tokenText(session))).toBe(200)
  })

  it('begins in the history where it began, and is no news to its owner', async () => {
    const { username, user } = await household()
    const { body } = await api('get', `users/${username}/tokens/${keyOf(user)}/change-history`)
    expect(body).toEqual([
      expect.objectContaining({
        action: 'create',
        actor: '<internal>',
        event_time: user.created,
        token_name: 'topcat',
      }),
    ])
    expect(await postern.context.postgres.prisma.notice.count({ where: { username } })).toBe(0)
    const [event] = (await storedEvents(postern)).filter(({ event }) => event.action === 'token.import').slice(-1)
    expect(event?.postern).toMatchObject({ after: { source: 'gafaelfawr', tokens: 6 } })
  })

  it('gets a number to its name if its owner has a token of that name', async () => {
    const username = someone()
    const tokens = [value({ username }), value({ username }), value({ username })]
    await importAll(tokens.map((each) => imported(each, { name: 'x'.repeat(64) })))
    const other = value({ username })
    await importAll([imported(other, { name: 'X'.repeat(64) })])
    const { body } = await api('get', `users/${username}/tokens`)
    const names = body.map(({ token_name }: { token_name: string }) => token_name)
    expect(names.sort()).toEqual(['X'.repeat(64), `${'x'.repeat(60)} (2)`, `${'x'.repeat(60)} (3)`, 'x'.repeat(64)])
  })

  it('is neither rotated nor edited unless it is a user’s own', async () => {
    const { username, session } = await household()
    const path = `/auth/api/v1/users/${username}/tokens/${keyOf(session)}`
    const authorized = { Authorization: `Bearer ${admin}` }
    const rotated = await request(postern.server).post(`${path}/rotate`).set(authorized).send({ overlap: 0 })
    expect(rotated.status).toBe(404)
    const edited = await request(postern.server).patch(path).set(authorized).send({ scopes: [] })
    expect(edited.status).toBe(403)
    expect(await check(tokenText(session))).toBe(200)
  })

  it('leaves its owner the tokens of the site’s limit, of which sessions are none', async () => {
    const { username } = await household()
    await expect(postern.token(username)).resolves.toMatch(/^gt-/)
    await expect(postern.token(username)).rejects.toThrow('too_many_tokens')
  })
})

describe('the end of an imported token', () => {
  it('ends those below it, with their history', async () => {
    const { username, session, user, notebook, internal, oidc } = await household()
    for (const each of [notebook, internal, oidc]) expect(await check(tokenText(each))).toBe(200)
    expect((await api('delete', `users/${username}/tokens/${keyOf(session)}`)).status).toBe(204)
    for (const each of [session, notebook, internal, oidc]) {
      expect(await check(tokenText(each))).toBe(401)
      expect(await actionsOf(username, each)).toEqual(['revoke', 'create'])
    }
    expect(await check(tokenText(user))).toBe(200)
    expect(await postern.context.postgres.prisma.token.count({ where: { username } })).toBe(1)
  })

  it('ends those below it that were made here', async () => {
    const { username, session } = await household()
    const asked = request(postern.server).get('/ingress/auth?scope=read:tap&notebook=true').set(ASKED)
    const { headers } = await asked.set('Authorization', `Bearer ${tokenText(session)}`)
    const notebook = String(headers['x-auth-request-token'])
    expect(await check(notebook)).toBe(200)
    await api('delete', `users/${username}/tokens/${keyOf(session)}`)
    expect(await check(notebook)).toBe(401)
  })

  it('comes with that of all of its owner’s, and of all of the site’s', async () => {
    const [one, other] = [await household(), await household()]
    expect(await endSessions(postern.context, one.username, INTERNAL)).toBe(1)
    for (const each of [one.session, one.notebook]) expect(await check(tokenText(each))).toBe(401)
    expect(await check(tokenText(one.user))).toBe(200)
    expect(await revokeEverything(postern.context, other.username, INTERNAL)).toBe(2)
    for (const each of [other.session, other.user, other.internal]) expect(await check(tokenText(each))).toBe(401)
    const third = await household()
    const before = postern.now() - DAY
    const expected = await previewIssuedBefore(postern.context, before)
    expect(expected.sessions).toBeGreaterThan(0)
    await revokeIssuedBefore(postern.context, before, INTERNAL)
    for (const each of [third.session, third.user, third.service, third.notebook])
      expect(await check(tokenText(each))).toBe(401)
    expect(await previewIssuedBefore(postern.context, before)).toMatchObject({
      sessions: 0,
      userTokens: 0,
      serviceTokens: 0,
    })
  })

  it('by its time is in its history once, however many sweep at once', async () => {
    const { username, session, notebook } = await household()
    postern.advance(HOUR + 1)
    await Promise.all([1, 2, 3].map(() => sweepExpired(postern.context)))
    await sweepExpired(postern.context)
    for (const each of [session, notebook]) expect(await actionsOf(username, each)).toEqual(['expire', 'create'])
    expect(await postern.context.postgres.prisma.token.count({ where: { key: keyOf(session) } })).toBe(0)
    postern.advance(-HOUR - 1)
  })

  it('of a session is in reach of its owner’s page', async () => {
    const { username, session, user } = await household()
    const second = value({ username, token_type: 'session', expires: postern.now() + HOUR })
    await importAll([imported(second)])
    const page = await request(postern.server)
      .get('/auth/tokens')
      .set('Cookie', `postern=${tokenText(second)}`)
    const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page.text) ?? []
    const end = (of: GafaelfawrValue) =>
      request(postern.server)
        .post(`/auth/sessions/${keyOf(of)}/end`)
        .type('form')
        .set('Cookie', `postern=${tokenText(second)}`)
        .send({ csrf })
    expect((await end(user)).status).toBe(404)
    expect(await check(tokenText(user))).toBe(200)
    expect((await end(session)).headers.location).toBe('/auth/tokens?ended=one')
    expect(await check(tokenText(session))).toBe(401)
  })
})

describe('an import of a token that was imported before', () => {
  it('leaves what was revoked, narrowed or edited here as it is', async () => {
    const { username, user, session, notebook, outcomes } = await household()
    const path = `/auth/api/v1/users/${username}/tokens/${keyOf(user)}`
    const edited = await request(postern.server)
      .patch(path)
      .set({ Authorization: `Bearer ${admin}` })
      .send({ scopes: ['user:token'], token_name: 'narrow' })
    expect(edited.status).toBe(200)
    await api('delete', `users/${username}/tokens/${keyOf(session)}`)
    const again = await importAll([
      imported(session),
      imported(user, { name: 'topcat' }),
      imported(notebook, { parent: session }),
    ])
    expect([...again.values()]).toEqual(['known', 'known', 'known'])
    expect(outcomes.size).toBe(6)
    for (const each of [session, notebook]) expect(await check(tokenText(each))).toBe(401)
    expect(await check(tokenText(user))).toBe(403)
    const marks = await postern.context.postgres.prisma.tokenImport.findMany({
      where: { key: { in: [keyOf(user), keyOf(notebook)] } },
    })
    expect(marks.map(({ key, edited }) => [key, edited])).toEqual(
      expect.arrayContaining([
        [keyOf(user), true],
        [keyOf(notebook), false],
      ]),
    )
  })

  it('imports it once, also of two imports at once', async () => {
    const tokens = Array.from({ length: 20 }, () => value({ username: someone() }))
    const outcomes = await Promise.all(
      [tokens, [...tokens].reverse()].map((each) => importAll(each.map((of) => imported(of)))),
    )
    const counts = outcomes.flatMap((each) => [...each.values()])
    expect(counts.filter((each) => each === 'imported')).toHaveLength(20)
    expect(counts.filter((each) => each === 'known')).toHaveLength(20)
  })

  it('has no place for a child whose parent is not here', async () => {
    const [parent, child] = [value(), value({ token_type: 'notebook', expires: postern.now() + HOUR })]
    expect((await importAll([imported(child, { parent })])).get(keyOf(child))).toBe('orphan')
    await importAll([imported(parent)])
    expect((await importAll([imported(child, { parent })])).get(keyOf(child))).toBe('imported')
    expect(await check(tokenText(child))).toBe(200)
  })

  it('knows it for as long as it could be offered', async () => {
    const { session, user } = await household()
    const marked = async () => {
      const where = { key: { in: [keyOf(session), keyOf(user)] } }
      return (await postern.context.postgres.prisma.tokenImport.findMany({ where })).map(({ key }) => key)
    }
    postern.advance(HOUR + 1)
    await sweepExpired(postern.context)
    expect(await marked()).toHaveLength(2)
    postern.advance(DAY)
    await sweepExpired(postern.context)
    expect(await marked()).toEqual([keyOf(user)])
    postern.advance(-DAY - HOUR - 1)
  })

  it('does not bring back what was revoked or narrowed after the backup that was restored', async () => {
    const [revoked, narrowed, living] = [value(), value(), value()]
    const of = ({ username }: GafaelfawrValue, key: TokenKey) => ({ username, key })
    const { applied, absent } = await applyReductions(
      postern.context,
      [
        { is: 'ended', ...of(revoked, keyOf(revoked)), delegated: false },
        { is: 'narrowed', ...of(narrowed, keyOf(narrowed)), to: { scopes: [] } },
      ],
      INTERNAL,
    )
    expect([applied, absent]).toEqual([2, 0])
    const outcomes = await importAll([revoked, narrowed, living].map((each) => imported(each)))
    expect([...outcomes.values()]).toEqual(['known', 'known', 'imported'])
    expect(await Promise.all([revoked, narrowed, living].map((each) => check(tokenText(each))))).toEqual([
      401, 401, 200,
    ])
  })
})
