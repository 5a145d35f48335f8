import { describe, expect, it } from '@jest/globals'
import { revokeEverything } from '../../../server/tokens/revoke-everything.js'
import { asOneAct } from '../../../server/tokens/several/one-act.js'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { useOffice } from '../support/office.js'

const office = useOffice()
const { someone, busyPerson } = office
const ACT = (letter: string) => letter.repeat(22)

const see = async (query: Record<string, string>) =>
  (await office.admin().get(`/auth/admin/history?${new URLSearchParams(query)}`)).text
const link = (html: string, rel: string) =>
  new RegExp(`href="([^"]+)" rel="${rel}"`).exec(html)?.[1]?.replaceAll('&amp;', '&')
/** What each entry of the page is: a sentence of an act, or the name of a token. */
const entries = (html: string) =>
  [...html.matchAll(/<h3 class="row-name">([\s\S]*?)<\/h3>/g)].map(([, text]) => read(text ?? '').trim())

/** Revocations of many, newest first: a minute apart each, with a change of another act after every seventh of them. */
async function interleaved(username: string, act: string, count: number): Promise<void> {
  await office.site().context.postgres.pool.query(
    `INSERT INTO token_change (token, username, token_type, token_name, scopes, actor, action, act, reason, at)
     SELECT 'R' || lpad(i::text, 20, '0') || 'A', $1, 'user'::token_type, 'many', '{}'::text[], 'root-admin', 'revoke'::change_action, $2, 'leaked laptop',
       now() - i * interval '1 minute' FROM generate_series(1, $3::int) i
     UNION ALL
     SELECT 'S' || lpad(i::text, 20, '0') || 'A', $1, 'user', 'single-' || i, '{}', $1, 'create', NULL, NULL,
       now() - i * interval '1 minute' - interval '1 second' FROM generate_series(7, $3::int, 7) i`,
    [username, act, count],
  )
}

describe('an act on many tokens in the change history', () => {
  it('is one entry, with its reason, and its tokens folded below', async () => {
    const { username, key } = await busyPerson()
    const root = { username: 'root-admin', reason: 'leaked laptop' }
    await revokeEverything(office.site().context, username, root)
    const page = await see({ user: username })
    expect(entries(page)[0]).toBe(`You revoked 3 tokens and sessions of ${username}: leaked laptop`)
    expect(page.match(/leaked laptop/g)).toHaveLength(1)
    expect(read(page)).toMatch(/Show the 3 topcat [\w-]{22}|Show the 3 (Web session|Notebook token) [\w-]{22}/)
    const [details = ''] = /<details class="fold several">[\s\S]*?<\/details>/.exec(page) ?? []
    expect(details).toContain(`href="/auth/admin/tokens/${key}"`)
    expect(details.match(/<li>/g)).toHaveLength(3)
  })

  it('leads to each of its changes, one by one, and back', async () => {
    const username = someone()
    await office.site().account(username)
    await interleaved(username, ACT('b'), 60)
    const page = await see({ user: username })
    expect(read(page)).toContain('The newest 10 of 60')
    const [, all = ''] = /href="([^"]+act=[^"]+)"/.exec(page) ?? []
    const list = (await office.admin().get(all.replaceAll('&amp;', '&'))).text
    expect(entries(list)).toEqual(Array.from({ length: 50 }, () => 'many'))
    expect(list).toContain(`name="act" value="${ACT('b')}"`)
    const rest = (await office.admin().get(link(list, 'next') ?? '')).text
    expect(entries(rest)).toHaveLength(10)
    expect(read(rest)).toContain('Changes of one act alone. Show all changes')
  })

  it('is in one place alone, with its whole count, however many pages it goes on for', async () => {
    const username = someone()
    await office.site().account(username)
    await interleaved(username, ACT('c'), 700)
    const pages = [await see({ user: username })]
    for (let older = link(pages[0] ?? '', 'next'); older; older = link(pages.at(-1) ?? '', 'next'))
      pages.push((await office.admin().get(older)).text)
    const act = `You revoked 700 tokens of ${username}: leaked laptop`
    const singles = Array.from({ length: 100 }, (_, index) => `single-${(index + 1) * 7}`)
    expect(pages.map(entries)).toEqual([[act, ...singles.slice(0, 49)], singles.slice(49, 99), singles.slice(99)])
    const back = (await office.admin().get(link(pages[2] ?? '', 'prev') ?? '')).text
    expect(entries(back)).toEqual(singles.slice(49, 99))
    expect(entries((await office.admin().get(link(back, 'prev') ?? '')).text)).toEqual([act, ...singles.slice(0, 49)])
  })

  it('counts what the search finds of it', async () => {
    const [one, other] = [await busyPerson(), await busyPerson()]
    const incident = asOneAct(office.site().context, { username: 'root-admin' })
    for (const { username } of [one, other]) await revokeEverything(office.site().context, username, incident)
    const sentences = async (query: Record<string, string>) => entries(await see({ ...query, action: 'revoke' }))[0]
    expect(await sentences({ actor: 'root-admin' })).toBe('You revoked 6 tokens and sessions of 2 users.')
    expect(await sentences({ user: one.username })).toBe(`You revoked 3 tokens and sessions of ${one.username}.`)
    expect(await sentences({ actor: 'root-admin', type: 'session' })).toBe('You revoked 2 sessions of 2 users.')
    expect(await sentences({ user: one.username, type: 'session' })).toBe('Web session')
  })

  it.each([['x'], ['a'.repeat(23)], ["' OR 1=1 --aaaaaaaaaaa"]])('is no act: %s', async (act) => {
    const page = await office.admin().get(`/auth/admin/history?${new URLSearchParams({ act })}`)
    expect([page.status, entries(page.text)]).toEqual([422, []])
  })

  it('stays one row a token in a download, with the act and the reason', async () => {
    const username = someone()
    await office.site().account(username)
    await interleaved(username, ACT('d'), 3)
    const { text } = await office.admin().get(`/auth/admin/history.csv?user=${username}`)
    expect(
      text
        .split('\r\n')
        .slice(1, -1)
        .map((row) => row.split(',').slice(-2)),
    ).toEqual(Array.from({ length: 3 }, () => [ACT('d'), 'leaked laptop']))
  })
})

describe('an act on many tokens in one’s own history', () => {
  it('is one entry, and lists one’s own tokens alone', async () => {
    const username = someone()
    const here = await signedIn(office.site(), username)
    const { username: other } = await busyPerson()
    for (let count = 0; count < 2; count++) await office.site().token(username, { name: `mine-${count}` })
    const incident = asOneAct(office.site().context, { username: 'root-admin', reason: 'stolen' })
    for (const each of [other, username]) await revokeEverything(office.site().context, each, incident)
    const again = await signedIn(office.site(), username)
    const { text } = await again.get('/auth/history')
    expect(read(text)).toContain('root-admin revoked 3 tokens and sessions of yours: stolen')
    const act = await again.get(`/auth/history?act=${incident.act}`)
    expect(act.text.match(/revoked it: stolen/g)).toHaveLength(3)
    expect(`${text}${act.text}`).not.toContain(other)
    expect((await here.get('/auth/history')).status).toBe(303)
  })
})
