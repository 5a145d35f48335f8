import { describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { signedIn } from '../../support/clients/visitor.js'
import { keyOf, useOffice } from '../support/office.js'

const office = useOffice()
const { someone, ask, tokensOf, changes, busyPerson } = office

describe('revoking one token', () => {
  it('asks with its name and its owner, ends it, and says so; the history names the administrator', async () => {
    const { username, key, token } = await busyPerson()
    const address = `/auth/admin/users/${username}/tokens/${key}/revoke`
    expect(read((await office.admin().get(address)).text)).toContain(`Revoke topcat of ${username}?`)
    expect((await ask(token)).status).toBe(200)
    const done = await office.admin().post(address)
    expect(done.headers.location).toBe(`/auth/admin/users/${username}?revoked=${key}`)
    expect((await office.admin().get(done.headers.location ?? '')).text).toContain('topcat was revoked.')
    expect((await ask(token)).status).toBe(401)
    expect((await changes({ key }))[0]).toMatchObject({ action: 'revoke', actor: 'root-admin', username })
    expect(await tokensOf(username)).toHaveLength(2)
  })

  it('ends a web session, and a delegated token by itself', async () => {
    const { username, session } = await busyPerson()
    const child = (await tokensOf(username)).find(({ type }) => type === 'notebook')
    await office.admin().get(`/auth/admin/users/${username}`)
    await office.admin().post(`/auth/admin/users/${username}/tokens/${child?.key}/revoke`)
    expect((await tokensOf(username)).map(({ type }) => type).sort()).toEqual(['session', 'user'])
    await office.admin().post(`/auth/admin/users/${username}/tokens/${keyOf(session)}/revoke`)
    expect((await tokensOf(username)).map(({ type }) => type)).toEqual(['user'])
  })

  it('of another owner than the address says is answered as if there were none', async () => {
    const [one, other] = [await busyPerson(), await busyPerson()]
    const address = `/auth/admin/users/${one.username}/tokens/${other.key}/revoke`
    expect((await office.admin().get(address)).status).toBe(404)
    expect((await office.admin().post(address)).status).toBe(404)
    expect((await ask(other.token)).status).toBe(200)
  })

  it("signs the administrator out when it is the administrator's own session", async () => {
    const name = someone()
    const visitor = await signedIn(office.site(), name, ['admins'])
    const [session] = await tokensOf(name)
    const address = `/auth/admin/users/${name}/tokens/${session?.key}/revoke`
    expect((await visitor.get(address)).text).toContain('This is your own session')
    expect((await visitor.post(address)).headers.location).toBe('/login')
    expect(await tokensOf(name)).toEqual([])
  })
})

describe('revoking everything of a user', () => {
  it('asks how many of what, and ends all of it at once in the name of the administrator', async () => {
    const { username, token, session } = await busyPerson()
    await office.site().token(username)
    const bystander = await busyPerson()
    const question = read((await office.admin().get(`/auth/admin/users/${username}/revoke-all`)).text)
    expect(question).toContain('1 web session 2 user tokens 1 notebook token')
    expect(question).toContain('disable the account')
    expect(await tokensOf(username)).toHaveLength(4)
    const done = await office.admin().post(`/auth/admin/users/${username}/revoke-all`)
    const told = read((await office.admin().get(done.headers.location ?? '')).text)
    expect(told).toContain(`3 tokens and sessions of ${username} were revoked.`)
    expect(await tokensOf(username)).toEqual([])
    for (const each of [token, session]) expect((await ask(each)).status).toBe(401)
    const ends = (await changes({ username })).filter(({ action }) => action === 'revoke')
    // The notebook token fell with the session that it was delegated from, and has an end of its own in the history.
    expect(ends.map(({ actor }) => actor)).toEqual(Array(4).fill('root-admin'))
    expect(ends.filter(({ tokenType }) => tokenType === 'notebook')).toHaveLength(1)
    expect(await tokensOf(bystander.username)).toHaveLength(3)
  })

  it('revokes more tokens than one transaction takes, and leaves expired ones to be recorded as expired', async () => {
    const username = someone()
    await office.site().account(username)
    const { pool } = office.site().context.postgres
    await pool.query(
      `INSERT INTO token (key, secret_hash, type, username, name, scopes, created, expires)
       SELECT 'K' || lpad(i::text, 20, '0') || 'A', '\\x00', 'user', $1, i::text, '{}', now(),
         CASE WHEN i = 0 THEN now() - interval '1 day' END FROM generate_series(0, 1200) i`,
      [username],
    )
    await office.admin().get('/auth/admin')
    await office.admin().get(`/auth/admin/users/${username}/revoke-all`)
    const done = await office.admin().post(`/auth/admin/users/${username}/revoke-all`)
    expect(done.headers.location).toContain('ended=1200')
    expect(await changes({ username })).toHaveLength(1200)
  })

  it('is not offered for a user without tokens and sessions', async () => {
    const username = someone()
    await office.site().account(username)
    expect((await office.admin().get(`/auth/admin/users/${username}/revoke-all`)).status).toBe(404)
    expect((await office.admin().get(`/auth/admin/users/${username}`)).text).not.toContain('revoke-all')
  })
})
