import { describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { keyOf, useOffice } from '../support/office.js'
import { TOKEN } from '../support/site.js'

const KEY = 'AAAAAAAAAAAAAAAAAAAAAA'

const office = useOffice()
const { someone, changes, busyPerson } = office

describe('the change history', () => {
  const see = async (query: Record<string, string>) =>
    office.admin().get(`/auth/admin/history?${new URLSearchParams(query)}`)
  const entries = (html: string) => [...html.matchAll(/admin\/tokens\/([\w-]{22})"/g)].map(([, key]) => key)

  it('shows each change with the token’s owner, and links to the user and the token', async () => {
    const { username, key } = await busyPerson()
    const page = await see({ key })
    expect(read(page.text)).toMatch(new RegExp(`topcat User token of ${username} ${username} created it with read:tap`))
    expect(page.text).toContain(`href="/auth/admin/users/${username}"`)
    expect(entries(page.text)).toEqual([key])
  })

  it('is searched by user, actor, type, key, address and time, together', async () => {
    const { username, key } = await busyPerson()
    await office.admin().get('/auth/admin')
    await office.admin().post(`/auth/admin/users/${username}/tokens/${key}/revoke`)
    const minute = new Date(office.site().now() * 1000).toISOString().slice(0, 16)
    const here = { user: ` ${username.toUpperCase()}`, actor: 'root-admin', type: 'user', key: `gt-${key}` }
    const [address] = (await changes({ key })).flatMap((change) => change.address ?? [])
    const day = minute.slice(0, 10)
    const all = { ...here, address: `${address}`, since: `${day} 00:00`, until: minute.replace('T', ' ') }
    expect(entries((await see({ user: username })).text)).toHaveLength(4)
    expect(entries((await see(all)).text)).toEqual([key])
    expect(entries((await see({ ...all, until: day })).text)).toEqual([key])
    for (const other of [
      { type: 'service' },
      { action: 'expire' },
      { actor: '<internal>' },
      { address: '203.0.113.0/24' },
      { since: '', until: '2020-01-01' },
    ]) {
      expect((await see({ ...all, ...other })).text).toContain('No matching changes.')
    }
  })

  it('shows the search in the form again', async () => {
    const values = { user: 'ada', actor: '<internal>', key: KEY, type: 'user', address: '::/0', since: '2026-01-01' }
    const { text } = await see(values)
    for (const value of ['ada', '&lt;internal&gt;', KEY, '::/0', '2026-01-01'])
      expect(text).toContain(`value="${value}"`)
    expect(text).toContain('<option value="user" selected>')
  })

  it.each([
    ['user', 'a b', 'A user name has lowercase letters'],
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

  it('takes a token by its form, and is at an address with the key alone', async () => {
    const { key } = await busyPerson()
    await office.admin().get('/auth/admin/history')
    const sent = await office
      .admin()
      .post('/auth/admin/history', { key: `gt-${key}.${'S'.repeat(22)}`, action: 'create' })
    expect([sent.status, sent.headers.location]).toEqual([303, `/auth/admin/history?key=${key}&action=create`])
    expect(entries((await office.admin().get(`${sent.headers.location}`)).text)).toEqual([key])
    expect((await office.admin().post('/auth/admin/history', { csrf: '', user: 'x' })).status).toBe(403)
  })

  it('is there as CSV and JSON, as it was searched', async () => {
    const { username, key } = await busyPerson()
    const csv = await office.admin().get(`/auth/admin/history.csv?key=${key}`)
    expect(csv.text.split('\r\n')).toEqual([
      'time,username,action,type,key,name,scopes,expires,actor,address,act,reason',
      expect.stringMatching(`,${username},create,user,'?${key},topcat,read:tap,`),
      '',
    ])
    const json = await office.admin().get(`/auth/admin/history.json?key=${key}`)
    expect(JSON.parse(json.text)).toMatchObject([{ username, action: 'create', key }])
    expect((await office.admin().get('/auth/admin/history.csv?since=x')).status).toBe(422)
  })

  it('says when it is to end before it begins', async () => {
    expect((await see({ since: '2026-02-01', until: '2026-01-01' })).text).toContain('id="until-error"')
  })

  it.each(['key', 'user', 'cursor'])(
    'leads away from an address whose %s is a token, to one without it',
    async (field) => {
      const token = await office.site().token(someone())
      const answer = await see({ actor: 'root-admin', [field]: token })
      expect(answer.status).toBe(303)
      const { location } = answer.headers
      expect(location).toContain('/auth/admin/history?')
      expect(location).toContain('actor=root-admin')
      expect(`${location} ${answer.text}`).not.toContain(token.split('.')[1])
    },
  )

  it('finds the token that was pasted where its key belongs, also when its end is missing', async () => {
    const token = await office.site().token(someone())
    for (const pasted of [token, token.slice(0, -3)]) {
      const { location } = (await see({ key: pasted })).headers
      expect(location).toBe(`/auth/admin/history?key=${keyOf(token)}`)
      const page = await office.admin().get(`${location}`)
      expect(entries(page.text)).toEqual([keyOf(token)])
      expect(page.text).not.toMatch(TOKEN)
    }
  })

  it('goes through page by page, there and back, without losing or repeating an entry', async () => {
    const username = someone()
    for (let count = 0; count < 6; count++) await office.site().token(username)
    const { pool } = office.site().context.postgres
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
      pages.push((await office.admin().get(older)).text)
    }
    expect(pages.map((page) => entries(page).length)).toEqual([50, 50, 20])
    expect(new Set(pages.flatMap(entries)).size).toBe(120)
    const back = (await office.admin().get(link(pages[2] ?? '', 'prev'))).text
    expect(entries(back)).toEqual(entries(pages[1] ?? ''))
    expect(link(pages[0] ?? '', 'prev')).toBe('')
  })

  it('begins at the newest entry when the place in its address is none', async () => {
    const first = (await see({})).text
    for (const cursor of ['x', 'p', '1_', '99999999999999999999_1'])
      expect(entries((await see({ cursor })).text)).toEqual(entries(first))
  })
})
