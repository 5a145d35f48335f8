import { beforeAll, describe, expect, it } from '@jest/globals'
import pg from 'pg'
import type { TokenKey } from '../../../server/core/token/token.js'
import { chainEvents } from '../../../server/operate/jobs/audit.js'
import { copyTerms } from '../../../server/storage/audit/copy-terms.js'
import { verifyChain } from '../../../server/storage/audit/verify-chain.js'
import { revokeEverything } from '../../../server/tokens/revoke-everything.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { request } from '../../support/documented.js'
import { ASKED } from '../../support/postern.js'
import { useOffice } from '../support/office.js'
import { TOKEN } from '../support/site.js'

const office = useOffice()
const { busyPerson, someone } = office

const ROOT = {
  username: 'root-admin',
  address: '198.51.100.77',
  requestId: 'request-of-root',
  reason: 'leaked laptop',
  token: 'T'.repeat(22) as TokenKey,
}

/** How many addresses have been used, each by one user. */
let addresses = 0

/** A user all of whose tokens were revoked, and a refused request of the user; chained. */
async function incident() {
  const { username, key, token } = await busyPerson()
  const address = `203.0.113.${++addresses}`
  await request(office.site().server)
    .get('/auth/api/v1/audit')
    .set({ ...ASKED, Authorization: `Bearer ${token}`, 'X-Forwarded-For': address })
  await revokeEverything(office.site().context, username, ROOT)
  await chained()
  const [end] = await office.changes({ username, action: 'revoke' })
  return { username, key, token, address, act: `${end?.act}` }
}

async function chained() {
  await office.site().context.audit.flush(office.site().context.postgres)
  await chainEvents(office.site().context)
}

const query = (text: string, values: unknown[] = []) => office.site().context.postgres.pool.query(text, values)
const get = (values: Record<string, string>) => office.admin().get(`/auth/admin/audit?${new URLSearchParams(values)}`)
const see = async (values: Record<string, string>) => (await get(values)).text
const link = (html: string, rel: string) =>
  new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
/** The identifiers of the listed events. */
const ids = (html: string) => [...html.matchAll(/admin\/audit\/([0-9a-f]{32})"/g)].map(([, id]) => id)
/** The actions of the listed events. */
const actions = (html: string) =>
  [...html.matchAll(/admin\/audit\/[0-9a-f]{32}">([^<]+)</g)].map(([, action]) => action)

describe('the audit trail', () => {
  let one: Awaited<ReturnType<typeof incident>>

  beforeAll(async () => {
    await incident()
    one = await incident()
  })

  it('shows the newest events first, with the actor, the object, its owner, the reason and the address', async () => {
    const text = read(await see({ about: one.username, action: 'session.revoke' }))
    expect(text).toMatch(
      new RegExp(
        `session.revoke by root-admin token [\\w-]{22} of ${one.username} leaked laptop .* from 198.51.100.77`,
      ),
    )
    const rows = /<ol class="rows">[\s\S]*<\/ol>/.exec(await see({}))?.[0] ?? ''
    const times = [...rows.matchAll(/datetime="([^"]+)"/g)].map(([, at]) => `${at}`)
    expect(times).toEqual([...times].sort().reverse())
  })

  it('is searched by each field', async () => {
    const { username, key, act, address } = one
    // biome-ignore format: a table reads in columns
    const searches: [Record<string, string>, readonly string[]][] = [
      [{ about: key },                                        ['token.revoke', 'token.create', 'api.call']],
      [{ about: `gt-${key}`, action: 'token.revoke' },        ['token.revoke']],
      [{ about: key, outcome: 'refused' },                    ['api.call']],
      [{ about: username, actor: 'root-admin' },              ['token.revoke', 'token.revoke', 'session.revoke']],
      [{ act },                                               ['token.revoke', 'token.revoke', 'session.revoke']],
      [{ act, about: key },                                   ['token.revoke']],
      [{ actor: username, outcome: 'refused' },               ['api.call']],
      [{ actor: username, address },                          ['api.call']],
      [{ actor: username, address: '203.0.113.0/24' },        ['api.call']],
      [{ actor: username, address: '203.0.112.0/24' },        []],
      [{ request: ROOT.requestId, action: 'session.revoke', about: username }, ['session.revoke']],
      [{ request: 'request-of-root-2' },                      []],
      [{ text: 'LEAKED lap', about: username, action: 'session.revoke' }, ['session.revoke']],
      [{ text: 'leaked%lap', about: username },               []],
      [{ about: username, since: '2099-01-01' },              []],
      [{ about: username, until: '2020-01-01' },              []],
    ]
    for (const [values, found] of searches) {
      const page = await see(values)
      const listed = actions(page).filter((each) => each !== 'token.create' || found.includes('token.create'))
      expect([values, [...listed].sort()]).toEqual([values, [...found].sort()])
      if (found.length === 0) expect(page).toContain('No matching events.')
    }
  })

  it('finds what was done with a token by its key', async () => {
    const found = actions(await see({ about: ROOT.token }))
    expect(found).toContain('session.revoke')
  })

  it.each([
    ['action', 'x', 'Choose one of the actions'],
    ['outcome', 'x', 'Choose one of the outcomes'],
    ['actor', 'a b', 'Give a user name, or'],
    ['address', '10.0.0.0/33', 'Give an address or a network'],
    ['address', 'fe80::1%eth0', 'Give an address or a network'],
    ['act', 'x', 'An act has 22'],
    ['text', 'ab', 'Give three characters or more'],
    ['since', 'yesterday', 'Give a date'],
    ['until', '9999999999999999', 'Give a date'],
  ])('says beside the field %s that "%s" cannot be understood, and shows no event', async (field, value, sentence) => {
    const page = await get({ [field]: value })
    expect([page.status, ids(page.text)]).toEqual([422, []])
    expect(page.text).toMatch(new RegExp(`id="${field}-error"[\\s\\S]{0,600}${sentence}`))
    expect((await office.admin().get(`/auth/admin/audit.json?${new URLSearchParams({ [field]: value })}`)).status).toBe(
      422,
    )
  })

  it.each(['about', 'text', 'actor', 'cursor'])('has no secret in its address: a token as %s', async (field) => {
    const { token, key } = one
    const secret = `${token.split('.')[1]}`
    await office.admin().get('/auth/admin/audit')
    const sent = await office.admin().post('/auth/admin/audit', { [field]: token, action: 'token.revoke' })
    expect(sent.status).toBe(303)
    const got = await get({ [field]: token, action: 'token.revoke' })
    expect(got.status).toBe(303)
    for (const { headers, text } of [sent, got]) expect(`${headers.location} ${text}`).not.toContain(secret)
    const page = await office.admin().get(`${got.headers.location}`)
    expect(page.text).not.toMatch(TOKEN)
    if (field === 'about') expect(sent.headers.location).toBe(`/auth/admin/audit?action=token.revoke&about=${key}`)
  })

  it('takes no form without its field against forgery', async () => {
    expect((await office.admin().post('/auth/admin/audit', { csrf: '', actor: 'x' })).status).toBe(403)
  })

  it('goes through page by page, there and back, without losing or repeating an event', async () => {
    const username = someone()
    await query(
      `INSERT INTO audit_event (event_id, at, action, event)
       SELECT md5($1 || i), now() - i / 3 * interval '1 minute', 'sign-in',
         json_build_object('event', json_build_object('action', 'sign-in', 'outcome', 'success'), 'user', json_build_object('name', $1::text), 'postern', json_build_object())
       FROM generate_series(1, 120) i`,
      [username],
    )
    await chained()
    const pages = [await see({ actor: username })]
    for (let older = link(pages[0] ?? '', 'next'); older !== ''; older = link(pages.at(-1) ?? '', 'next'))
      pages.push((await office.admin().get(older)).text)
    expect(pages.map((page) => ids(page).length)).toEqual([50, 50, 20])
    expect(new Set(pages.flatMap(ids)).size).toBe(120)
    const back = (await office.admin().get(link(pages[2] ?? '', 'prev'))).text
    expect(ids(back)).toEqual(ids(pages[1] ?? ''))
    const about = await see({ about: username })
    expect(ids(about)).toEqual([])
  })

  it('is there as CSV and JSON, as it was searched', async () => {
    const { act, key, username } = one
    const csv = await office.admin().get(`/auth/admin/audit.csv?act=${act}&about=${key}`)
    expect(csv.text.split('\r\n')).toEqual([
      'time,action,refused,actor,object_type,object,owner,address,request,act,reason,position,id',
      expect.stringMatching(
        `,token.revoke,,root-admin,token,'?${key},${username},198.51.100.77,request-of-root,'?${act},leaked laptop,\\d+,[0-9a-f]{32}$`,
      ),
      '',
    ])
    const json = JSON.parse((await office.admin().get(`/auth/admin/audit.json?act=${act}&about=${key}`)).text)
    expect(json).toMatchObject([
      { event: { action: 'token.revoke' }, postern: { act, chain: { position: expect.any(Number) } } },
    ])
  })

  it('says in one sentence that a search takes too long', async () => {
    const other = new pg.Client({ connectionString: await urlOf() })
    await other.connect()
    try {
      await other.query('BEGIN; LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE')
      const page = await get({ text: 'leaked' })
      expect([page.status, ids(page.text)]).toEqual([422, []])
      expect(read(page.text)).toContain('This search takes too long. Give a shorter period, or one more field.')
    } finally {
      await other.end()
    }
    expect((await get({ text: 'leaked' })).status).toBe(200)
  })
})

async function urlOf(): Promise<string> {
  const { connectionString } = office.site().context.postgres.pool.options
  return `${connectionString}`
}

describe('an audit event', () => {
  const open = async (act: string, key: string) => {
    const [id] = ids(await see({ act, about: key }))
    return (await office.admin().get(`/auth/admin/audit/${id}`)).text
  }

  it('has a page with every field, its place in the chain, and others of its request and act', async () => {
    const { act, key } = await incident()
    const page = await open(act, key)
    expect(read(page)).toMatch(/Its hash follows from the event before it/)
    expect(read(page)).toContain('postern.before.scopes read:tap')
    for (const search of [`request=${ROOT.requestId}`, `act=${act}`])
      expect(page).toContain(`/auth/admin/audit?${search}`)
    expect(page).toContain(`href="/auth/admin/tokens/${key}"`)
  })

  it('says when it, or the one before it, was changed', async () => {
    const { act, key } = await incident()
    const change = (from: string, to: string) =>
      query(`UPDATE audit_event SET event = replace(event, $2, $3) WHERE act = $1 AND object = '${key}'`, [
        act,
        from,
        to,
      ])
    await change('leaked laptop', 'no reason')
    expect(read(await open(act, key))).toContain('Its hash does not follow from the event before it')
    await change('no reason', 'leaked laptop')
    expect(read(await open(act, key))).toContain('Its hash follows')
  })

  it.each(['x', 'a'.repeat(32), '%00', 'a'.repeat(200)])('that is not there is not found: %s', async (id) => {
    expect((await office.admin().get(`/auth/admin/audit/${id}`)).status).toBe(404)
  })
})

describe('events that a former version wrote', () => {
  it('are found once they are copied, and their chain is what it was', async () => {
    const { act, key } = await incident()
    await query(`UPDATE audit_event SET actor = NULL, owner = NULL, object = NULL, token = NULL, address = NULL,
      request_id = NULL, act = NULL, refused = NULL`)
    expect(actions(await see({ act, about: key }))).toEqual([])
    while ((await copyTerms(office.site().context.postgres)) > 0);
    expect(actions(await see({ act, about: key }))).toEqual(['token.revoke'])
    expect(await verifyChain(office.site().context.postgres)).toHaveProperty('head')
  })

  it('are chained whatever is in them', async () => {
    const hostile = [
      '{"postern":{},"source":{"ip":"fe80::1%eth0"},"user":{"name":"\\u0000\\ud800"}}',
      `{"postern":{},"user":{"name":"${'\u{1F511}'.repeat(1000)}"}}`,
    ]
    await query(
      `INSERT INTO audit_event (event_id, at, action, event) SELECT md5(e), now(), 'check', e FROM unnest($1::text[]) e`,
      [hostile],
    )
    await chained()
    const { rows } = await query(
      'SELECT count(*)::int AS left FROM audit_event WHERE position IS NULL OR refused IS NULL',
    )
    expect(rows).toEqual([{ left: 0 }])
    expect((await get({ action: 'check' })).status).toBe(200)
  })
})

describe('a user who is no administrator', () => {
  it('sees nothing of the audit trail', async () => {
    const { act } = await incident()
    const visitor = await signedIn(office.site(), someone())
    const [id] = ids(await see({ act }))
    for (const path of [`audit?act=${act}`, `audit.csv?act=${act}`, `audit.json?act=${act}`, `audit/${id}`]) {
      const page = await visitor.get(`/auth/admin/${path}`)
      expect([path, page.status]).toEqual([path, 404])
      expect(page.text).not.toMatch(/leaked laptop|root-admin/)
    }
  })
})
