import { describe, expect, it } from '@jest/globals'
import type { TokenKey } from '../../../../server/core/token/token.js'
import { read } from '../../../support/clients/page-text.js'
import { keyOf, useOffice } from '../../support/office.js'

const office = useOffice()
const { someone, ask, busyPerson, changes } = office
const PAGE = '/auth/admin/revoke'

const preview = async (query: string) => read((await office.admin().get(`${PAGE}?${query}`)).text)

describe('the preview of an incident', () => {
  it('is not there for an empty form, which never means all', async () => {
    await busyPerson()
    const page = await preview('')
    expect(page).toContain('Fill in one field or more')
    expect(page).not.toContain('What would end')
    expect((await office.admin().get(`${PAGE}.json`)).body).toEqual([])
  })

  it('counts what would end by kind, with what was delegated, and ends nothing', async () => {
    const { username, token } = await busyPerson()
    const before = await changes()
    const page = await preview(`user=${username}`)
    expect(page).toContain('1 web session 1 user token 1 delegated token 1 person')
    expect(page).toContain('topcat')
    expect((await ask(token)).status).toBe(200)
    expect(await changes()).toEqual(before)
  })

  it('needs all fields to fit', async () => {
    const { username } = await busyPerson()
    expect(await preview(`user=${username}&type=user`)).toContain('1 user token 1 person')
    expect(await preview(`user=${username}&scope=exec:nothing`)).toContain('No token or session matches')
    expect(await preview(`user=${username}&client=no-such-program`)).toContain('No token or session matches')
    expect(await preview(`user=${username}&created-before=2020-01-01`)).toContain('No token or session matches')
  })

  it('names a browser, and no User-Agent', async () => {
    const { username, token } = await busyPerson()
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
    await office
      .site()
      .context.postgres.pool.query(
        "INSERT INTO token_use VALUES ($1, now()::date, $3, $4, $2, now(), now() + interval '1 second', 1)",
        [keyOf(token), username, '203.0.113.9', firefox],
      )
    const page = await preview(`user=${username}&type=user`)
    expect(page).toContain('with Firefox on Linux')
    expect(page).not.toContain('Mozilla')
  })

  it('has what was used from a network', async () => {
    const { username, token } = await busyPerson()
    const other = await busyPerson()
    await office
      .site()
      .context.postgres.pool.query(
        `INSERT INTO token_use VALUES ($1, now()::date, '203.0.113.9', 'curl', $2, now(), now(), 900000)`,
        [keyOf(token), username],
      )
    const page = await preview('from=203.0.113.0/24')
    expect(page).toContain(username)
    expect(page).not.toContain(other.username)
    expect(page).toContain('requests an hour: a service will stop')
  })

  it('selects the members of a group as the site knows them', async () => {
    const [member, other] = [someone(), someone()]
    await office.site().account(member, ['users', 'leaky'])
    await office.site().token(member)
    await office.site().token(other)
    const page = await preview('group=leaky')
    expect(page).toContain(member)
    expect(page).not.toContain(other)
  })

  it('leaves out the session of the administrator and says so, unless it is asked for', async () => {
    expect(await preview('user=root-admin&type=session')).toContain('Your own session matches, too. It is left out.')
    const page = await preview('user=root-admin&type=session&own=yes')
    expect(page).not.toContain('left out')
    expect(page).toContain('1 web session')
  })

  it('has the tokens that were created with a stolen one, if asked', async () => {
    const username = someone()
    const [stolen, heir] = [await office.site().token(username), await office.site().token(username)]
    await office
      .site()
      .context.postgres.pool.query('UPDATE token SET makers = $2 WHERE key = $1', [keyOf(heir), [keyOf(stolen)]])
    const keys = async (query: string): Promise<TokenKey[]> =>
      (await office.admin().get(`${PAGE}.json?key=${keyOf(stolen)}${query}`)).body.map(
        ({ key }: { key: TokenKey }) => key,
      )
    expect(await keys('')).toEqual([keyOf(stolen)])
    expect((await keys('&heirs=yes')).sort()).toEqual([keyOf(stolen), keyOf(heir)].sort())
  })

  it('says every mistake at once, beside its field', async () => {
    const answer = await office.admin().get(`${PAGE}?user=!&from=nowhere&used-since=2026-12-20&used-until=2026-12-19`)
    expect(answer.status).toBe(422)
    for (const said of ['lowercase letters', 'Give an address', 'before the beginning']) {
      expect(read(answer.text)).toContain(said)
    }
    expect(answer.text).not.toContain('What would end')
  })

  it('takes a whole token by POST, and its secret is in no address and in no page', async () => {
    const token = await office.site().token(someone())
    await office.admin().get(PAGE)
    const sent = await office.admin().post(`${PAGE}/find`, { key: token, user: '', heirs: 'yes' })
    expect(sent.headers.location).toBe(`${PAGE}?key=${keyOf(token)}&heirs=yes`)
    const secret = token.slice(26)
    for (const field of ['key', 'user', 'client']) {
      const answer = await office.admin().get(`${PAGE}?${field}=${token}`)
      expect(answer.status).toBe(303)
      expect(answer.headers.location).not.toContain(secret)
    }
    expect((await office.admin().get(sent.headers.location ?? '')).text).not.toContain(secret)
  })

  it('is also a table for spreadsheets and for programs', async () => {
    const { username, key } = await busyPerson()
    const csv = await office.admin().get(`${PAGE}.csv?user=${username}&type=user`)
    expect(csv.headers['content-disposition']).toContain('tokens.csv')
    expect(csv.text).toContain(`${username},user,${key},topcat`)
    expect((await office.admin().get(`${PAGE}.json?user=!`)).status).toBe(422)
  })
})
