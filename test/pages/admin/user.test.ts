import { describe, expect, it } from '@jest/globals'
import { read } from '../../support/clients/page-text.js'
import { giveTokens, walk } from '../support/many-tokens.js'
import { keyOf, useOffice } from '../support/office.js'

const KEY = 'AAAAAAAAAAAAAAAAAAAAAA'

const office = useOffice()
const { someone, busyPerson } = office

describe("a user's page", () => {
  it('shows the account and everything that acts for them', async () => {
    const { username, key, session } = await busyPerson()
    const text = read((await office.admin().get(`/auth/admin/users/${username}`)).text)
    for (const each of [`${username}@example.org`, 'users', 'topcat', key, 'Unrecognised client', keyOf(session)]) {
      expect(text).toContain(each)
    }
    expect(text).toMatch(/Delegated tokens Notebook token .* from Unrecognised client/)
    expect(text).not.toMatch(/scrypt|argon/)
  })

  it('lists many tokens in pages of a hundred, newest first, without expired ones', async () => {
    const username = someone()
    await office.site().account(username)
    await giveTokens(office.site(), username, 230)
    await office
      .site()
      .context.postgres.pool.query(
        `UPDATE token SET expires = now() - interval '1 minute' WHERE username = $1 AND name = 'token 7'`,
        [username],
      )
    const { names, sizes } = await walk(office.admin(), `/auth/admin/users/${username}`)
    const living = Array.from({ length: 230 }, (_, index) => `token ${index + 1}`).filter((name) => name !== 'token 7')
    expect(names).toEqual(living)
    expect(sizes).toEqual([100, 100, 29])
    const { text } = await office.admin().get(`/auth/admin/users/${username}?from=300`)
    expect(text).toContain('Revoke everything')
    expect(text).not.toContain('No user tokens.')
  })

  it.each(['nobody-at-all', 'NOBODY', `${'x'.repeat(65)}`, '%00'])('of %s is not found', async (username) => {
    for (const path of ['', '/revoke-all', `/tokens/${KEY}/revoke`]) {
      expect((await office.admin().get(`/auth/admin/users/${username}${path}`)).status).toBe(404)
    }
  })
})
