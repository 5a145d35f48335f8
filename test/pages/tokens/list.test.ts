import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import type { Scope } from '../../../server/core/token/scope.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { giveTokens } from '../support/many-tokens.js'
import { keyOf } from '../support/office.js'
import { useSite } from '../support/site.js'

const { site, someone, tokensOf } = useSite()
const DAY = 86_400

/** The names of the rows, from the top. */
const namesOf = (html: string) =>
  [...html.matchAll(/<a class="name" href="[^"]*">([^<]*)</g)].map(([, name]) => String(name))
const chipsOf = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<a class="chip" href="([^"]*)"[^>]*>([^<]*) <span class="count">(\d+)/g)].map(
      ([, href, label, count]) => [
        String(label),
        { href: String(href).replaceAll('&amp;', '&'), count: Number(count) },
      ],
    ),
  )

/** A user with nine tokens, one of which ends in two days. */
async function collector() {
  const username = someone()
  const make = (name: string, scopes: string[] = ['read:tap'], lifetime?: number) =>
    site().token(username, { name, scopes, ...(lifetime !== undefined && { expires: site().now() + lifetime }) })
  const soon = await make('workshop', ['read:image'], 2 * DAY)
  const rest = []
  for (const name of ['topcat-laptop', 'topcat-desk', 'pyvo', 'stilts', 'curl', 'aladin', 'pipeline', 'astroquery'])
    rest.push(await make(name))
  return { username, visitor: await signedIn(site(), username), soon, rest }
}

describe('a row of the list', () => {
  it('offers to rotate a token, but not one that has expired and is not swept away yet', async () => {
    const username = someone()
    const visitor = await signedIn(site(), username)
    const [live, over] = [
      keyOf(await site().token(username, { name: 'live' })),
      keyOf(await site().token(username, { name: 'over' })),
    ]
    await site().context.postgres.pool.query("UPDATE token SET expires = now() - interval '1 hour' WHERE key = $1", [
      over,
    ])
    const { text } = await visitor.get('/auth/tokens')
    expect(text).toContain(`href="/auth/tokens/${live}/rotate"`)
    expect(text).toContain(`href="/auth/tokens/${over}"`)
    expect(text).not.toContain(`href="/auth/tokens/${over}/rotate"`)
  })
})

describe('notices above the list', () => {
  it.each([
    [4, undefined],
    [5, '2 more notices'],
    [7, '4 more notices'],
  ])('of which there are %i show three, and fold away what takes more room', async (count, fold) => {
    const username = someone()
    const visitor = await signedIn(site(), username)
    for (let n = 1; n <= count; n++) await site().token(username, { name: `t${n}` })
    const [shown = '', folded = ''] = (await visitor.get('/auth/tokens')).text.split(
      '<details class="fold more-notices">',
    )
    const noticesIn = (html: string) => html.match(/name="notice"/g)?.length ?? 0
    expect([noticesIn(shown), noticesIn(folded)]).toEqual(fold ? [3, count - 3] : [count, 0])
    if (fold) expect(folded).toContain(fold)
  })
})

describe('the tools of the list', () => {
  it('are there from eight tokens on', async () => {
    const username = someone()
    const visitor = await signedIn(site(), username)
    for (let n = 1; n <= 7; n++) await site().token(username, { name: `t${n}` })
    expect((await visitor.get('/auth/tokens')).text).not.toContain('role="search"')
    await site().token(username, { name: 't8' })
    expect((await visitor.get('/auth/tokens')).text).toContain('role="search"')
  })

  it('search by name, key and permission, without a script', async () => {
    const { visitor, soon } = await collector()
    const find = async (q: string) => namesOf((await visitor.get(`/auth/tokens?q=${encodeURIComponent(q)}`)).text)
    expect((await find('topcat')).sort()).toEqual(['topcat-desk', 'topcat-laptop'])
    expect(await find('READ:IMAGE')).toEqual(['workshop'])
    expect(await find(keyOf(soon))).toEqual(['workshop'])
    expect(await find('none such')).toEqual([])
  })

  it('show first what ends within a week, and sort by name', async () => {
    const { visitor } = await collector()
    expect(namesOf((await visitor.get('/auth/tokens')).text)[0]).toBe('workshop')
    const byName = namesOf((await visitor.get('/auth/tokens?sort=name')).text)
    expect(byName).toEqual([...byName].sort())
  })

  it('count what their chips show, and lead back from the one that is shown', async () => {
    const { visitor } = await collector()
    const chips = chipsOf((await visitor.get('/auth/tokens')).text)
    expect(Object.entries(chips).map(([label, { count }]) => [label, count])).toEqual([
      ['Expiring in 7 days', 1],
      ['Never expires', 8],
      ['Never used', 9],
    ])
    const narrowed = (await visitor.get(chips['Expiring in 7 days']?.href ?? '')).text
    expect(namesOf(narrowed)).toEqual(['workshop'])
    expect(chipsOf(narrowed)['Expiring in 7 days']?.href).toBe('/auth/tokens')
  })

  it('never leave a secret in an address', async () => {
    const { visitor, soon } = await collector()
    const answer = await visitor.get(`/auth/tokens?q=${encodeURIComponent(` ${soon} `)}&sort=name`)
    expect([answer.status, answer.headers.location]).toEqual([303, `/auth/tokens?q=${keyOf(soon)}&sort=name`])
    expect(answer.text).not.toContain(soon.slice(26))
  })

  it('keep the search on the next page', async () => {
    const username = someone()
    const visitor = await signedIn(site(), username)
    await giveTokens(site(), username, 120)
    const { text } = await visitor.get('/auth/tokens?q=token&sort=name')
    const next = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    expect(next).toBe('/auth/tokens?q=token&sort=name&from=100')
    expect(namesOf((await visitor.get(next ?? '')).text)).toHaveLength(20)
  })
})

describe('tokens that have ended', () => {
  it('are listed for 90 days, with a link to their page, also where there are few', async () => {
    const username = someone()
    const visitor = await signedIn(site(), username)
    const token = await site().token(username, { name: 'borrowed' })
    expect((await visitor.get('/auth/tokens')).text).not.toContain('show=ended')
    await visitor.post(`/auth/tokens/${keyOf(token)}/revoke`)
    expect((await visitor.get('/auth/tokens')).text).toContain('href="/auth/tokens?show=ended"')
    const ended = await visitor.get('/auth/tokens?show=ended')
    expect(namesOf(ended.text)).toEqual(['borrowed'])
    expect(read(ended.text)).toContain('Revoked just now')
    expect(ended.text).toContain(`href="/auth/tokens/${keyOf(token)}"`)
    expect((await visitor.get(`/auth/tokens/${keyOf(token)}`)).status).toBe(200)
    const other = await signedIn(site(), someone())
    expect(namesOf((await other.get('/auth/tokens?show=ended')).text)).toEqual([])
  })
})

describe('the token that was just created', () => {
  it('is at the top and marked, and only for its owner', async () => {
    const { visitor, rest } = await collector()
    const pipeline = keyOf(rest[6] ?? '')
    const { text } = await visitor.get(`/auth/tokens?created=${pipeline}`)
    expect(namesOf(text)[0]).toBe('pipeline')
    expect(text.match(/<tr role="row" class="marked">/g)).toHaveLength(1)
    const mallory = await signedIn(site(), someone())
    expect((await mallory.get(`/auth/tokens?created=${pipeline}`)).text).not.toContain('pipeline')
  })
})

describe('revoking several tokens', () => {
  const selection = (tokens: readonly string[]) => tokens.map((token) => `key=${keyOf(token)}`).join('&')
  const acts = (username: string) =>
    site().context.postgres.prisma.tokenChange.count({ where: { username, tokenType: 'user', action: 'revoke' } })

  it('asks one question that names all, then ends them with an entry in the history each', async () => {
    const { username, visitor, rest } = await collector()
    const [one = '', two = ''] = rest
    const question = await visitor.get(`/auth/tokens/revoke?${selection([one, two])}`)
    expect(read(question.text)).toContain('Revoke 2 tokens?')
    for (const name of ['topcat-laptop', 'topcat-desk']) expect(question.text).toContain(name)
    expect([await acts(username), (await tokensOf(username)).length]).toEqual([0, 9])
    const done = await visitor.post('/auth/tokens/revoke', { key: [keyOf(one), keyOf(two)] })
    expect([done.status, done.headers.location]).toEqual([303, `/auth/tokens?revoked=${keyOf(one)}`])
    expect(read((await visitor.get(done.headers.location ?? '')).text)).toContain('2 tokens were revoked. See them')
    expect([await acts(username), (await tokensOf(username)).length]).toEqual([2, 7])
  })

  it('twice is the same as once', async () => {
    const { username, visitor, rest } = await collector()
    const key = rest.slice(0, 3).map(keyOf)
    for (const status of [303, 303]) expect((await visitor.post('/auth/tokens/revoke', { key })).status).toBe(status)
    await visitor.post(`/auth/tokens/${keyOf(rest[3] ?? '')}/revoke`)
    expect((await visitor.post('/auth/tokens/revoke', { key: [...key, keyOf(rest[3] ?? '')] })).status).toBe(303)
    expect(await acts(username)).toBe(4)
  })

  it.each([
    ['another user’s', async () => keyOf(await site().token(someone()))],
    ['one that never was', async () => 'A'.repeat(22)],
    ['a session', async () => keyOf(await site().session(someone()))],
    ['no key at all', async () => 'x'],
  ])('with %s among them is refused, and changes nothing', async (_what, stranger) => {
    const { username, visitor, rest } = await collector()
    const key = [keyOf(rest[0] ?? ''), await stranger(), keyOf(rest[1] ?? '')]
    expect((await visitor.post('/auth/tokens/revoke', { key })).status).toBe(404)
    expect([await acts(username), (await tokensOf(username)).length]).toEqual([0, 9])
  })

  it('of nothing is refused, and its question leads back to the list', async () => {
    const { username, visitor } = await collector()
    expect((await visitor.post('/auth/tokens/revoke')).status).toBe(404)
    expect((await visitor.get('/auth/tokens/revoke')).headers.location).toBe('/auth/tokens')
    expect(await tokensOf(username)).toHaveLength(9)
  })

  it('of a forged form is refused, and changes nothing', async () => {
    const { username, visitor, rest } = await collector()
    const forged = await visitor.post('/auth/tokens/revoke', { csrf: 'forged', key: rest.map(keyOf) })
    expect([forged.status, (await tokensOf(username)).length]).toEqual([403, 9])
  })
})

it('forty tokens and four hundred stay below 60 KB, compressed', async () => {
  const username = someone()
  const visitor = await signedIn(site(), username)
  const weigh = async () => gzipSync((await visitor.get('/auth/tokens')).text, { level: 6 }).length
  for (const count of [40, 360]) {
    await giveBusyTokens(username, count)
    expect(await weigh()).toBeLessThan(60_000)
  }
  expect((await tokensOf(username)).length).toBe(400)
})

/** Tokens with several scopes, an end, a last use, and a month of uses each. */
async function giveBusyTokens(username: string, count: number): Promise<void> {
  const { pool } = site().context.postgres
  const scopes = ['exec:notebook', 'read:image', 'read:tap', 'write:files'] as Scope[]
  const { rows } = await pool.query<{ key: string }>(
    `INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires, last_used, last_used_address, last_used_client)
     SELECT substr(translate(encode(sha256(($1 || random())::bytea), 'base64'), '+/', '-_'), 1, 21) || 'A', '\\x00', 'user', $1,
       'token ' || n || substr(md5(random()::text), 1, 8), $3, now() - n * interval '1 day', now() + n * interval '1 day',
       now() - n * interval '1 hour', '192.0.2.7', 'TOPCAT/4.10-2'
     FROM generate_series(1, $2::int) n RETURNING key`,
    [username, count, scopes],
  )
  await pool.query(
    `INSERT INTO token_use (token, day, address, client, username, first, last, count)
     SELECT key, current_date - d, '192.0.2.' || (random() * 9)::int, 'TOPCAT', $2, now(), now(), 1 + (random() * 5000)::int
     FROM unnest($1::text[]) key, generate_series(0, 29) d`,
    [rows.map(({ key }) => key), username],
  )
}
