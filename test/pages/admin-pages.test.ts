import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Secret } from '../../server/core/secret.js'
import { disableAccount } from '../../server/login/disable-account.js'
import { addAccount } from '../../server/people/add-account.js'
import { searchChanges } from '../../server/stores/change-search.js'
import { listTokens } from '../../server/tokens/list.js'
import { ASKED, PASSWORD, type RunningPostern, startPostern } from '../support/postern.js'
import { signedIn, type Visitor } from '../support/visitor.js'

const TOKEN = /gt-[\w-]{22}\.[\w-]{22}/
const KEY = 'AAAAAAAAAAAAAAAAAAAAAA'

let postern: RunningPostern
let admin: Visitor
let nextUser = 0

beforeAll(async () => {
  postern = await startPostern()
  admin = await signedIn(postern, 'root-admin', ['admins'])
})
afterAll(() => postern.stop())

const someone = () => `person-${++nextUser}`
const keyOf = (token: string) => token.slice(3, 25)
const tokensOf = (username: string) => listTokens(postern.context, username)
const changes = async (filter = {}) => (await searchChanges(postern.context.postgres, filter, {})).changes
const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll(' .', '.')
const ask = (token: string, query = '') =>
  request(postern.server)
    .get(`/ingress/auth?${query}`)
    .set({ ...ASKED, Authorization: `Bearer ${token}` })

/** Somebody with a user token, a session, and a notebook token that was delegated from it. */
async function busyPerson() {
  const username = someone()
  const token = await postern.token(username, { name: 'topcat' })
  const session = await postern.session(username)
  await ask(session, 'notebook=true')
  return { username, key: keyOf(token), token, session }
}

describe('whoever is no administrator', () => {
  // biome-ignore format: a table reads in columns
  const pages: [string, string, (username: string, key: string) => string][] = [
    ['GET',  'the search',                  () => '/auth/admin'],
    ['GET',  'a search',                    (username) => `/auth/admin?user=${username}`],
    ['GET',  'a user',                      (username) => `/auth/admin/users/${username}`],
    ['GET',  'a user who is not there',     () => '/auth/admin/users/nobody'],
    ['GET',  'a malformed address',         () => '/auth/admin/users/%E0%A4%A'],
    ['GET',  'the question about a token',  (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['POST', 'the end of a token',          (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['GET',  'the question about all',      (username) => `/auth/admin/users/${username}/revoke-all`],
    ['POST', 'the end of all',              (username) => `/auth/admin/users/${username}/revoke-all`],
    ['GET',  'the service tokens',          () => '/auth/admin/service-tokens'],
    ['GET',  'the form for another',        () => '/auth/admin/service-tokens/new'],
    ['POST', 'a new service token',         () => '/auth/admin/service-tokens'],
    ['GET',  'the change history',          () => '/auth/admin/history'],
    ['GET',  'a mistake in the history',    () => '/auth/admin/history?user=!'],
    ['OPTIONS', 'what may be done there',   () => '/auth/admin/service-tokens'],
  ]
  const fields = { username: 'bot-forged', scope: ['admin:token'], expires: 'never' }

  it.each(pages)('learns nothing by %s of %s, and changes nothing', async (method, _what, path) => {
    const { username, key, token } = await busyPerson()
    const visitor = await signedIn(postern, username)
    const power = await postern.token('root-admin', { scopes: ['admin:token'] })
    const before = [await tokensOf(username), await changes()]
    // biome-ignore format: a table reads in columns
    const callers: [string, Record<string, string>][] = [
      ['nobody',                            {}],
      ['a token',                           { Authorization: `Bearer ${token}` }],
      ["an administrator's token",          { Authorization: `Bearer ${power}` }],
      ["an administrator's token, as cookie", { Cookie: `postern=${power}` }],
    ]
    const agents = [
      ...callers.map(([, headers]) => (address: string) => {
        const sent = request(postern.server)[verb(method)](address).set(headers)
        return method === 'POST' ? sent.type('form').send({ ...fields, csrf: admin.csrf }) : sent
      }),
      ...[visitor.csrf, admin.csrf].map((csrf) => (address: string) => {
        const sent = visitor.agent[verb(method)](address)
        return method === 'POST' ? sent.type('form').send({ ...fields, csrf }) : sent
      }),
    ]
    for (const send of agents) {
      const [answer, nowhere] = [await send(path(username, key)), await send('/auth/nowhere')]
      expect(answer.status).toBe(404)
      // Not a word in it differs from the answer for an address that does not exist.
      expect(answer.text).toBe(nowhere.text)
      expect(answer.headers.allow).toBeUndefined()
    }
    expect([await tokensOf(username), await changes()]).toEqual(before)
  })

  it('is shown no way there', async () => {
    const visitor = await signedIn(postern, someone())
    expect((await visitor.get('/auth/tokens')).text).not.toMatch(/admin/i)
    expect((await admin.get('/auth/tokens')).text).toContain('<a href="/auth/admin">Administration</a>')
  })
})

describe('every form of an administrator', () => {
  const forms: [string, (username: string, key: string) => string][] = [
    ['revoke a token', (username, key) => `/auth/admin/users/${username}/tokens/${key}/revoke`],
    ['revoke everything', (username) => `/auth/admin/users/${username}/revoke-all`],
    ['create a service token', () => '/auth/admin/service-tokens'],
  ]

  it.each(forms)('to %s does nothing without the word of this very session', async (_what, path) => {
    const { username, key } = await busyPerson()
    const other = await signedIn(postern, 'root-admin')
    const before = [await tokensOf(username), await changes()]
    for (const csrf of ['', 'x', other.csrf, ['a', 'b']]) {
      const fields = { username: 'bot-forged', scope: 'admin:token', expires: 'never', csrf }
      const answer = await admin.agent.post(path(username, key)).type('form').send(fields)
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('That form was made for another session.')
    }
    expect([await tokensOf(username), await changes()]).toEqual(before)
  })
})

describe('searching', () => {
  it('leads straight to somebody who is named in full, however it is typed', async () => {
    const { username } = await busyPerson()
    const unique = `${username}-only`
    await postern.account(unique)
    for (const typed of [unique, `  ${unique} `, unique.toUpperCase()]) {
      const answer = await admin.get(`/auth/admin?user=${encodeURIComponent(typed)}`)
      expect(answer.headers.location).toBe(`/auth/admin/users/${unique}`)
    }
  })

  it('lists by the beginning of a user name or a full name, with state and number of tokens', async () => {
    const password = new Secret(PASSWORD)
    await addAccount(postern.context, { username: 'hopper', name: 'Grace Hopper', password, groups: [] })
    await postern.token('hopper')
    await postern.account('hoppy')
    await disableAccount(postern.context, 'hoppy', { username: 'root-admin' })
    const text = read((await admin.get('/auth/admin?user=hop')).text)
    expect(text).toContain('hopper Grace Hopper Active 1 token')
    expect(text).toContain('hoppy Disabled No tokens')
    expect(read((await admin.get('/auth/admin?user=GRACE%20%20h')).text)).toContain('hopper Grace Hopper')
  })

  it('finds somebody without an account by what they have, or had', async () => {
    await admin.get('/auth/admin/service-tokens/new')
    await admin.post('/auth/admin/service-tokens', { username: 'bot-found', expires: 'never' })
    const [token] = await tokensOf('bot-found')
    expect((await admin.get('/auth/admin?user=bot-found')).status).toBe(303)
    expect(read((await admin.get('/auth/admin?user=bot-fou')).text)).toContain('bot-found No local account 1 token')
    await admin.post(`/auth/admin/users/bot-found/tokens/${token?.key}/revoke`)
    expect((await admin.get('/auth/admin?user=bot-found')).headers.location).toBe('/auth/admin/users/bot-found')
  })

  it.each(['nobody-at-all', '%25', '_', '%00', '<b>', "'"])('says that there is no %s', async (typed) => {
    const page = await admin.get(`/auth/admin?user=${typed === '%00' ? 'x%00x' : encodeURIComponent(typed)}`)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Nobody who has an account')
  })
})

describe("a user's page", () => {
  it('shows the account and everything that acts for them', async () => {
    const { username, key, session } = await busyPerson()
    const text = read((await admin.get(`/auth/admin/users/${username}`)).text)
    for (const each of [`${username}@example.org`, 'users', 'topcat', key, 'Unknown browser', keyOf(session)]) {
      expect(text).toContain(each)
    }
    expect(text).toMatch(/Delegated tokens Notebook token .* from Unknown browser/)
    expect(text).not.toMatch(/scrypt|argon/)
  })

  it.each(['nobody-at-all', 'NOBODY', `${'x'.repeat(65)}`, '%00'])('of %s is not there', async (username) => {
    for (const path of ['', '/revoke-all', `/tokens/${KEY}/revoke`]) {
      expect((await admin.get(`/auth/admin/users/${username}${path}`)).status).toBe(404)
    }
  })
})

describe('revoking one token', () => {
  it('asks with its name and its owner, ends it, and says so; the history names the administrator', async () => {
    const { username, key, token } = await busyPerson()
    const address = `/auth/admin/users/${username}/tokens/${key}/revoke`
    expect(read((await admin.get(address)).text)).toContain(`Revoke topcat of ${username}?`)
    expect((await ask(token)).status).toBe(200)
    const done = await admin.post(address)
    expect(done.headers.location).toBe(`/auth/admin/users/${username}?revoked=${key}`)
    expect((await admin.get(done.headers.location ?? '')).text).toContain('topcat was revoked.')
    expect((await ask(token)).status).toBe(401)
    expect((await changes({ key }))[0]).toMatchObject({ action: 'revoke', actor: 'root-admin', username })
    expect(await tokensOf(username)).toHaveLength(2)
  })

  it('ends a web session, and a delegated token by itself', async () => {
    const { username, session } = await busyPerson()
    const child = (await tokensOf(username)).find(({ type }) => type === 'notebook')
    await admin.get(`/auth/admin/users/${username}`)
    await admin.post(`/auth/admin/users/${username}/tokens/${child?.key}/revoke`)
    expect((await tokensOf(username)).map(({ type }) => type).sort()).toEqual(['session', 'user'])
    await admin.post(`/auth/admin/users/${username}/tokens/${keyOf(session)}/revoke`)
    expect((await tokensOf(username)).map(({ type }) => type)).toEqual(['user'])
  })

  it('of another owner than the address says is answered as if there were none', async () => {
    const [one, other] = [await busyPerson(), await busyPerson()]
    const address = `/auth/admin/users/${one.username}/tokens/${other.key}/revoke`
    expect((await admin.get(address)).status).toBe(404)
    expect((await admin.post(address)).status).toBe(404)
    expect((await ask(other.token)).status).toBe(200)
  })

  it("signs the administrator out when it is the administrator's own session", async () => {
    const name = someone()
    const visitor = await signedIn(postern, name, ['admins'])
    const [session] = await tokensOf(name)
    const address = `/auth/admin/users/${name}/tokens/${session?.key}/revoke`
    expect((await visitor.get(address)).text).toContain('This is your own session')
    expect((await visitor.post(address)).headers.location).toBe('/login')
    expect(await tokensOf(name)).toEqual([])
  })
})

describe('revoking everything of somebody', () => {
  it('asks how many of what, and ends all of it at once in the name of the administrator', async () => {
    const { username, token, session } = await busyPerson()
    await postern.token(username)
    const bystander = await busyPerson()
    const question = read((await admin.get(`/auth/admin/users/${username}/revoke-all`)).text)
    expect(question).toContain('1 web session 2 user tokens 1 notebook token')
    expect(question).toContain(`postern account disable ${username}`)
    expect(await tokensOf(username)).toHaveLength(4)
    const done = await admin.post(`/auth/admin/users/${username}/revoke-all`)
    const told = read((await admin.get(done.headers.location ?? '')).text)
    expect(told).toContain(`3 tokens and sessions of ${username} were revoked.`)
    expect(await tokensOf(username)).toEqual([])
    for (const each of [token, session]) expect((await ask(each)).status).toBe(401)
    const ends = (await changes({ username })).filter(({ action }) => action === 'revoke')
    expect(ends.map(({ actor }) => actor)).toEqual(['root-admin', 'root-admin', 'root-admin'])
    expect(await tokensOf(bystander.username)).toHaveLength(3)
  })

  it('ends more tokens than one transaction takes, and leaves those that have run out to be told as that', async () => {
    const username = someone()
    await postern.account(username)
    const { pool } = postern.context.postgres
    await pool.query(
      `INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires)
       SELECT 'K' || lpad(i::text, 20, '0') || 'A', '\\x00', 'user', $1, i::text, '{}', now(),
         CASE WHEN i = 0 THEN now() - interval '1 day' END FROM generate_series(0, 1200) i`,
      [username],
    )
    await admin.get('/auth/admin')
    await admin.get(`/auth/admin/users/${username}/revoke-all`)
    const done = await admin.post(`/auth/admin/users/${username}/revoke-all`)
    expect(done.headers.location).toContain('ended=1200')
    expect(await changes({ username })).toHaveLength(1200)
  })

  it('is not asked about somebody who has nothing', async () => {
    const username = someone()
    await postern.account(username)
    expect((await admin.get(`/auth/admin/users/${username}/revoke-all`)).status).toBe(404)
    expect((await admin.get(`/auth/admin/users/${username}`)).text).not.toContain('revoke-all')
  })
})

describe('service tokens', () => {
  const create = async (fields: Record<string, string | string[]>) => {
    await admin.get('/auth/admin/service-tokens/new')
    return admin.post('/auth/admin/service-tokens', { scope: ['read:tap'], expires: '30d', ...fields })
  }

  it('are shown once, work, and are listed with everybody else’s, newest first', async () => {
    await create({ username: 'bot-old' })
    postern.advance(60)
    const page = await create({ username: ' Bot-New ', email: 'team@example.org' })
    expect(page.status).toBe(201)
    expect(page.headers['cache-control']).toContain('no-store')
    const [token = ''] = TOKEN.exec(page.text) ?? []
    const admitted = await ask(token, 'scope=read:tap')
    expect(admitted.headers['x-auth-request-user']).toBe('bot-new')
    expect(admitted.headers['x-auth-request-email']).toBe('team@example.org')
    expect(page.text).toContain('Whoever has it can act as bot-new.')
    expect(page.text).not.toContain('id="use-topcat"')
    const list = (await admin.get('/auth/admin/service-tokens')).text
    expect(list).not.toMatch(TOKEN)
    expect(list.indexOf('>bot-new<')).toBeGreaterThan(0)
    expect(list.indexOf('>bot-old<')).toBeGreaterThan(list.indexOf('>bot-new<'))
    expect((await changes({ key: keyOf(token) }))[0]).toMatchObject({ action: 'create', actor: 'root-admin' })
  })

  it('may be given any scope of the site', async () => {
    const form = await admin.get('/auth/admin/service-tokens/new')
    for (const scope of postern.context.settings.knownScopes.keys()) expect(form.text).toContain(`value="${scope}"`)
  })

  it.each<[string, Record<string, string | string[]>, string]>([
    ["a person's name", { username: 'ada' }, 'Give a name that begins with bot-'],
    ['no name', { username: '' }, 'Give a name that begins with bot-'],
    ['a name that is too long', { username: `bot-${'x'.repeat(61)}` }, 'Give a name that begins with bot-'],
    ['an unknown scope', { scope: ['x'] }, 'Unknown scopes requested'],
    ['no choice of an end', { expires: '' }, 'Choose until when'],
    ['an end in the past', { expires: 'at', expires_at: '2020-01-01T00:00' }, 'at least five minutes'],
    ['no address of e-mail', { email: 'team' }, 'Give an address such as team@example.org'],
  ])('with %s are refused beside the field, and not made', async (_what, fields, sentence) => {
    const before = await changes()
    const page = await create({ username: 'bot-wrong', ...fields })
    expect(page.status).toBe(422)
    expect(page.text.split(sentence)).toHaveLength(3)
    expect(await changes()).toEqual(before)
  })
})

describe('the change history', () => {
  const see = async (query: Record<string, string>) => admin.get(`/auth/admin/history?${new URLSearchParams(query)}`)
  const entries = (html: string) => [...html.matchAll(/history\?key=([\w-]{22})/g)].map(([, key]) => key)

  it('tells what happened, to whose token, and leads to both', async () => {
    const { username, key } = await busyPerson()
    const page = await see({ key })
    expect(read(page.text)).toMatch(new RegExp(`topcat User token of ${username} ${username} created it with read:tap`))
    expect(page.text).toContain(`href="/auth/admin/users/${username}"`)
    expect(entries(page.text)).toEqual([key])
  })

  it('is searched by user, actor, type, key, address and time, together', async () => {
    const { username, key } = await busyPerson()
    await admin.get('/auth/admin')
    await admin.post(`/auth/admin/users/${username}/tokens/${key}/revoke`)
    const minute = new Date(postern.now() * 1000).toISOString().slice(0, 16)
    const here = { user: ` ${username.toUpperCase()}`, actor: 'root-admin', type: 'user', key: `gt-${key}` }
    const [address] = (await changes({ key })).flatMap((change) => change.address ?? [])
    const day = minute.slice(0, 10)
    const all = { ...here, address: `${address}`, since: `${day} 00:00`, until: minute.replace('T', ' ') }
    expect(entries((await see({ user: username })).text)).toHaveLength(4)
    expect(entries((await see(all)).text)).toEqual([key])
    expect(entries((await see({ ...all, until: day })).text)).toEqual([key])
    for (const other of [
      { type: 'service' },
      { actor: '<internal>' },
      { address: '203.0.113.0/24' },
      { since: '', until: '2020-01-01' },
    ]) {
      expect((await see({ ...all, ...other })).text).toContain('Nothing of that kind has happened.')
    }
  })

  it('keeps what was asked for in the form', async () => {
    const values = { user: 'ada', actor: '<internal>', key: KEY, type: 'user', address: '::/0', since: '2026-01-01' }
    const { text } = await see(values)
    for (const value of ['ada', '&lt;internal&gt;', KEY, '::/0', '2026-01-01'])
      expect(text).toContain(`value="${value}"`)
    expect(text).toContain('<option value="user" selected>')
  })

  it.each([
    ['user', 'a b', 'A user name has small letters'],
    ['actor', '<x', 'Give a user name, or'],
    ['key', 'x', 'A key has 22'],
    ['type', 'x', 'Choose one of the types'],
    ['address', '10.0.0.0/33', 'Give an address or a network'],
    ['address', 'fe80::1%eth0', 'Give an address or a network'],
    ['since', 'yesterday', 'Give a date'],
    ['until', '9999999999999999', 'Give a date'],
    ['until', '1969-01-01', 'Give a date'],
  ])('says beside the field %s that "%s" cannot be understood', async (field, value, sentence) => {
    const page = await see({ [field]: value })
    expect(page.status).toBe(422)
    expect(page.text).toMatch(new RegExp(`id="${field}-error"[\\s\\S]{0,600}${sentence}`))
    expect(page.text).toContain(`<a href="#${field}">`)
  })

  it('says when it is to end before it begins', async () => {
    expect((await see({ since: '2026-02-01', until: '2026-01-01' })).text).toContain('id="until-error"')
  })

  it('never shows the secret of a token that was pasted where its key belongs', async () => {
    const token = await postern.token(someone())
    const page = await see({ key: token })
    expect(entries(page.text)).toEqual([keyOf(token)])
    expect(page.text).not.toMatch(TOKEN)
  })

  it('goes through page by page, there and back, without losing or repeating an entry', async () => {
    const username = someone()
    for (let count = 0; count < 6; count++) await postern.token(username)
    const { pool } = postern.context.postgres
    await pool.query(
      `INSERT INTO token_change (token, username, token_type, scopes, actor, action, at)
       SELECT 'P' || lpad(i::text, 20, '0') || 'A', $1, 'user', '{}', $1, 'create', now() - i * interval '1 minute'
       FROM generate_series(1, 114) i`,
      [username],
    )
    const link = (html: string, rel: string) =>
      new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const pages = [(await see({ user: username })).text]
    for (let older = link(pages[0] ?? '', 'next'); older !== ''; older = link(pages.at(-1) ?? '', 'next')) {
      expect(older).toContain(`user=${username}`)
      pages.push((await admin.get(older)).text)
    }
    expect(pages.map((page) => entries(page).length)).toEqual([50, 50, 20])
    expect(new Set(pages.flatMap(entries)).size).toBe(120)
    const back = (await admin.get(link(pages[2] ?? '', 'prev'))).text
    expect(entries(back)).toEqual(entries(pages[1] ?? ''))
    expect(link(pages[0] ?? '', 'prev')).toBe('')
  })

  it('begins at the newest entry when the place in its address is none', async () => {
    const first = (await see({})).text
    for (const cursor of ['x', 'p', '1_', '99999999999999999999_1'])
      expect(entries((await see({ cursor })).text)).toEqual(entries(first))
  })
})

describe('the pages for administrators', () => {
  it('carry a strict policy, and no script or style of their own', async () => {
    for (const path of ['', '/users/root-admin', '/service-tokens', '/service-tokens/new', '/history']) {
      const page = await admin.get(`/auth/admin${path}`)
      expect(page.status).toBe(200)
      expect(page.headers['content-security-policy']).toContain("default-src 'none'")
      expect(page.headers['cache-control']).toContain('no-store')
      expect(page.text).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i)
    }
  })
})

function verb(method: string): 'get' | 'post' | 'options' {
  return method === 'GET' ? 'get' : method === 'POST' ? 'post' : 'options'
}
