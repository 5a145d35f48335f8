import { beforeAll, describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { Secret } from '../../../server/core/token/secret.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { addAccount } from '../../../server/people/add-account.js'
import { searchUses } from '../../../server/storage/postgres/search/tokens.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { PASSWORD } from '../../support/postern.js'
import { keyOf, useOffice } from '../support/office.js'

const office = useOffice()
const { busyPerson } = office

const search = (q: string) => office.admin().post('/auth/admin/search', { q })
const results = async (q: string) => {
  const page = await office.admin().get(`/auth/admin/search?${new URLSearchParams({ q })}`)
  expect(page.status).toBe(200)
  return read(page.text)
}

/** Lets a token be used from an address, some seconds ago. */
async function use(
  key: string,
  username: string,
  { address, ago = 60, count = 1 }: { address: string; ago?: number; count?: number },
) {
  const at = new Date((office.site().now() - ago) * 1000).toISOString()
  await office.site().context.postgres.pool.query(
    `INSERT INTO token_use (token, day, address, client, username, first, last, count)
     VALUES ($1, $3::timestamptz::date, $4, 'curl/8.5.0', $2, $3, $3, $5)`,
    [key, username, at, address, count],
  )
}

describe('the search of administrators', () => {
  let token: string
  let ended: string
  let session: string

  beforeAll(async () => {
    const { context } = office.site()
    const password = new Secret(PASSWORD)
    const lovelace = { username: 'ada', name: 'Ada Lovelace', email: 'countess@example.org' }
    await addAccount(context, { ...lovelace, password, groups: [{ name: 'users' }] })
    await addAccount(context, { username: 'hopper', name: 'Grace Hopper', password, groups: [] })
    await office.site().account('hoppy')
    await disableAccount(context, 'hoppy', { username: 'root-admin' })
    token = await office.site().token('ada', { name: 'nightly-pipeline' })
    session = await office.site().session('ada')
    ended = await office.site().token('hopper', { name: 'old-laptop' })
    await office.site().token('hopper')
    await use(keyOf(token), 'ada', { address: '203.0.113.40', count: 26_583 })
    await use(keyOf(ended), 'hopper', { address: '203.0.113.41' })
    await use(keyOf(ended), 'hopper', { address: '2001:db8::5', ago: 91 * 86_400 })
    await office.admin().get('/auth/admin')
    await office.admin().post(`/auth/admin/users/hopper/tokens/${keyOf(ended)}/revoke`)
  })

  // biome-ignore format: a table reads in columns
  const inHand: [string, () => string, () => string][] = [
    ['a last name',                       () => 'lovelace',                   () => 'ada Ada Lovelace countess@example.org Active 1 token'],
    ['a part of a full name',             () => 'RACE  hop',                  () => 'hopper Grace Hopper'],
    ['a part of an e-mail address',       () => 'tess@example',               () => 'ada Ada Lovelace'],
    ['the beginning of a user name',      () => 'hopp',                       () => 'hoppy hoppy@example.org Disabled No tokens'],
    ['a part of the name of a token',     () => 'pipeline',                   () => `nightly-pipeline ${keyOf(token)} ada`],
    ['an address of use',                 () => '203.0.113.40',               () => `nightly-pipeline ${keyOf(token)} ada 26,583 requests, last`],
    ['an address, of a token that ended', () => '203.0.113.41',               () => `old-laptop ${keyOf(ended)} hopper`],
    ['a network of use',                  () => '203.0.113.0/24',             () => `old-laptop ${keyOf(ended)} hopper`],
  ]

  it.each(inHand)('finds by %s', async (_what, asked, found) => {
    const answer = await search(asked())
    expect(answer.status).toBe(303)
    const { pathname, search: query } = new URL(String(answer.headers.location), 'https://x')
    expect(pathname).toBe('/auth/admin/search')
    expect(read((await office.admin().get(`${pathname}${query}`)).text)).toContain(found())
  })

  // biome-ignore format: a table reads in columns
  const exact: [string, () => string, () => string][] = [
    ['a whole token',                       () => token,                       () => `/auth/admin/tokens/${keyOf(token)}`],
    ['a token in a line of a log',          () => `"GET /" Bearer ${token} -`, () => `/auth/admin/tokens/${keyOf(token)}`],
    ['a key',                               () => keyOf(token),                () => `/auth/admin/tokens/${keyOf(token)}`],
    ['the key of a session',                () => keyOf(session),              () => `/auth/admin/tokens/${keyOf(session)}`],
    ['the key of a token that ended',       () => keyOf(ended),                () => `/auth/admin/tokens/${keyOf(ended)}`],
    ['the whole name of the only token',    () => 'Nightly-Pipeline',          () => `/auth/admin/tokens/${keyOf(token)}`],
    ['the whole e-mail address',            () => 'countess@example.org',      () => '/auth/admin/users/ada'],
    ['the user name of one user alone',     () => ' ADA ',                    () => '/auth/admin/users/ada'],
  ]

  it.each(exact)('leads straight to the page of %s', async (_what, asked, path) => {
    let answer = await search(asked())
    const first = String(answer.headers.location)
    if (first.startsWith('/auth/admin/search')) answer = await office.admin().get(first)
    expect([answer.status, answer.headers.location]).toEqual([303, path()])
  })

  it('leads from addresses of former releases', async () => {
    const answer = await office.admin().get('/auth/admin?user=ada')
    expect([answer.status, answer.headers.location]).toEqual([303, '/auth/admin/search?q=ada'])
  })

  it('finds a user without an account by tokens, and by a history alone', async () => {
    await office
      .admin()
      .post('/auth/admin/service-tokens', { username: 'bot-found', scope: 'read:tap', expires: 'never' })
    expect(await results('bot-fou')).toContain('bot-found No account 1 token')
    const [own] = await office.tokensOf('bot-found')
    await office.admin().post(`/auth/admin/users/bot-found/tokens/${own?.key}/revoke`)
    expect((await office.admin().get('/auth/admin/search?q=bot-found')).headers.location).toBe(
      '/auth/admin/users/bot-found',
    )
  })

  it('finds a token that ended of late by its name, after those that have not', async () => {
    const { pool } = office.site().context.postgres
    const text = await results('laptop')
    expect(text).toContain(`old-laptop ${keyOf(ended)} Ended hopper`)
    const live = await office.site().token('ada', { name: 'new-laptop' })
    expect(await results('laptop')).toMatch(
      new RegExp(`new-laptop ${keyOf(live)} ada .*old-laptop ${keyOf(ended)} Ended`),
    )
    await pool.query("UPDATE token_change SET at = at - interval '91 days' WHERE token = $1", [keyOf(ended)])
    expect(await results('laptop')).not.toContain('old-laptop')
  })

  it('finds the uses of no network but the one that is asked for', async () => {
    const neighbour = await office.site().token('hopper', { name: 'next-door' })
    await use(keyOf(neighbour), 'hopper', { address: '198.51.100.200' })
    await use(keyOf(neighbour), 'hopper', { address: 'unknown' })
    expect(await results('198.51.100.128/25')).toContain('next-door')
    expect(await results('198.51.100.0/25')).toContain('No token was used from there')
  })

  it('does not list the uses of a network that the database cannot search in time, and says so', async () => {
    const { pool } = office.site().context.postgres
    const client = await pool.connect()
    try {
      await client.query('BEGIN; LOCK TABLE token_use IN ACCESS EXCLUSIVE MODE')
      expect(await results('10.0.0.0/8')).toContain('Too many uses are from this network to list them.')
    } finally {
      await client.query('ROLLBACK')
      client.release()
    }
    expect(await results('10.0.0.0/8')).toContain('No token was used from there')
  })

  it('counts a bounded number of uses of a network, and lists none of more', async () => {
    const { context, now } = office.site()
    for (const host of [1, 2, 3]) await use(keyOf(token), 'ada', { address: `172.16.${host}.1` })
    const from = (network: string) => searchUses(context.postgres, network, now(), { limit: 10, most: 2 })
    expect(await from('172.16.0.0/12')).toBe('too_many')
    expect(await from('172.16.2.0/23')).toMatchObject([{ key: keyOf(token), count: 2 }])
  })

  it('does not find uses of long ago, and says so', async () => {
    expect(await results('2001:db8::/32')).toContain('No token was used from there in the last 90 days.')
  })

  it('shows the first fifty of a group, and says that there are more', async () => {
    const { pool } = office.site().context.postgres
    await pool.query(
      `INSERT INTO token (key, secret_hash, type, username, name, scopes, created)
       SELECT lpad(n::text, 21, 'k') || 'A', '', 'user', 'crowd', 'crowd-' || n, '{}', now() FROM generate_series(1, 60) n`,
    )
    const text = await results('crowd-')
    expect(text.match(/crowd-\d+/g)).toHaveLength(50)
    expect(text).toContain('Showing the first 50. Refine your search.')
  })

  it.each(['nobody-at-all', '%', '_', '<b>', "'"])('says that there is no %j', async (typed) => {
    const { headers } = await search(typed)
    const page = await office.admin().get(String(headers.location))
    expect(read(page.text)).toContain('Nothing was found for')
    expect(page.text).not.toContain('<b>b')
  })
})

describe('a secret in the search', () => {
  it('is in no address, no page and no log', async () => {
    const { username, token, key } = await busyPerson()
    const secret = token.slice(26)
    const unknown = `gt-${'x'.repeat(21)}A.${'y'.repeat(21)}A`
    for (const typed of [token, `curl -H "Authorization: Bearer ${token}"`, unknown]) {
      const posted = await search(typed)
      const address = String(posted.headers.location)
      const shown = await office.admin().get(address)
      const given = await office.admin().get(`/auth/admin/search?${new URLSearchParams({ q: typed })}`)
      expect(given.status).toBe(303)
      for (const text of [address, posted.text, shown.text, String(given.headers.location), given.text]) {
        expect(text).not.toContain(secret)
        expect(text).not.toContain('y'.repeat(21))
      }
    }
    expect(office.site().logged()).not.toContain(secret)
    expect((await office.admin().get(`/auth/admin/tokens/${key}`)).text).toContain(username)
  })

  it('goes nowhere for a visitor who is signed out, or without the CSRF token', async () => {
    const { token, key } = await busyPerson()
    const post = request(office.site().server).post('/auth/admin/search').type('form').send({ q: token })
    const signedOut = await post
    expect(signedOut.status).toBe(404)
    const forged = await office.admin().agent.post('/auth/admin/search').type('form').send({ q: token, csrf: 'x' })
    expect([forged.status, forged.headers.location]).toEqual([403, undefined])
    for (const text of [signedOut.text, forged.text]) expect(text).not.toContain(key)
  })
})

describe("a token's page for administrators", () => {
  it('has its owner, its use by address, its history, and the way to revoke it', async () => {
    const { username, key } = await busyPerson()
    await use(key, username, { address: '198.51.100.7', count: 3 })
    const page = await office.admin().get(`/auth/admin/tokens/${key}`)
    const text = read(page.text)
    expect(text).toMatch(new RegExp(`topcat .* Owner ${username} Type User token Key ${key}`))
    expect(text).toContain('198.51.100.7 curl/8.5.0')
    expect(text).toContain(`${username} created it`)
    expect(page.text).toContain(`/auth/admin/users/${username}/tokens/${key}/revoke`)
  })

  it('says how many others were used from the same address within a day', async () => {
    const [one, two, three, four] = [await busyPerson(), await busyPerson(), await busyPerson(), await busyPerson()]
    const address = '198.51.100.200'
    await use(one.key, one.username, { address, ago: 60 * 3600 })
    await use(two.key, two.username, { address, ago: 37 * 3600 })
    await use(three.key, three.username, { address, ago: 70 * 3600 })
    await use(keyOf(three.session), three.username, { address, ago: 71 * 3600 })
    // More than a day later.
    await use(four.key, four.username, { address, ago: 35 * 3600 })
    const text = read((await office.admin().get(`/auth/admin/tokens/${one.key}`)).text)
    expect(text).toContain(`Also from ${address} , within 24 hours of its last use there: 3 tokens of 2 people`)
  })

  it('has the tree from a session to the tokens of its services, on the page of each', async () => {
    const { username, session } = await busyPerson()
    const notebook = (await office.tokensOf(username)).find(({ type }) => type === 'notebook')
    const tree = async (key: string) =>
      read((await office.admin().get(`/auth/admin/tokens/${key}`)).text).match(/what came from it(.*?)Use,/)?.[1]
    const whole = ` Unrecognised client ${keyOf(session)} Notebook token ${notebook?.key} `
    expect(await tree(keyOf(session))).toBe(whole)
    expect(await tree(String(notebook?.key))).toBe(whole)
  })

  it('stays after the end of the token, without a way to revoke it again', async () => {
    const { username, key, session } = await busyPerson()
    const notebook = (await office.tokensOf(username)).find(({ type }) => type === 'notebook')
    for (const each of [key, keyOf(session)]) {
      await office.admin().post(`/auth/admin/users/${username}/tokens/${each}/revoke`)
      const page = await office.admin().get(`/auth/admin/tokens/${each}`)
      expect(read(page.text)).toContain('Revoked')
      expect(page.text).not.toContain(`/tokens/${each}/revoke`)
    }
    expect(read((await office.admin().get(`/auth/admin/tokens/${notebook?.key}`)).text)).toMatch(
      /Web session \S+ Ended Notebook token/,
    )
  })

  it.each(['AAAAAAAAAAAAAAAAAAAAAA', 'nothing', '%00'])('of %s is not found', async (key) => {
    expect((await office.admin().get(`/auth/admin/tokens/${key}`)).status).toBe(404)
  })

  it('is not there for its owner, nor for another user', async () => {
    const { username, key } = await busyPerson()
    const owner = await signedIn(office.site(), username)
    expect((await owner.get(`/auth/admin/tokens/${key}`)).status).toBe(404)
    expect((await owner.get(`/auth/admin/search?q=${username}`)).status).toBe(404)
  })
})
