import { describe, expect, it } from '@jest/globals'
import { Secret } from '../../../server/core/token/secret.js'
import { disableAccount } from '../../../server/login/account-status.js'
import { addAccount } from '../../../server/people/add-account.js'
import { PASSWORD } from '../../support/postern.js'
import { giveTokens, walk } from '../support/many-tokens.js'
import { keyOf, read, useOffice } from '../support/office.js'

const KEY = 'AAAAAAAAAAAAAAAAAAAAAA'

const office = useOffice()
const { someone, tokensOf, busyPerson } = office

describe('searching', () => {
  it('redirects to the user of an exact user name, however it is typed', async () => {
    const { username } = await busyPerson()
    const unique = `${username}-only`
    await office.site().account(unique)
    for (const typed of [unique, `  ${unique} `, unique.toUpperCase()]) {
      const answer = await office.admin().get(`/auth/admin?user=${encodeURIComponent(typed)}`)
      expect(answer.headers.location).toBe(`/auth/admin/users/${unique}`)
    }
  })

  it('lists by the beginning of a user name or a full name, with state and number of tokens', async () => {
    const password = new Secret(PASSWORD)
    await addAccount(office.site().context, { username: 'hopper', name: 'Grace Hopper', password, groups: [] })
    await office.site().token('hopper')
    await office.site().account('hoppy')
    await disableAccount(office.site().context, 'hoppy', { username: 'root-admin' })
    const text = read((await office.admin().get('/auth/admin?user=hop')).text)
    expect(text).toContain('hopper Grace Hopper Active 1 token')
    expect(text).toContain('hoppy Disabled No tokens')
    expect(read((await office.admin().get('/auth/admin?user=GRACE%20%20h')).text)).toContain('hopper Grace Hopper')
  })

  it('finds a user without an account by their tokens or history', async () => {
    await office.admin().get('/auth/admin/service-tokens/new')
    await office
      .admin()
      .post('/auth/admin/service-tokens', { username: 'bot-found', scope: 'read:tap', expires: 'never' })
    const [token] = await tokensOf('bot-found')
    expect((await office.admin().get('/auth/admin?user=bot-found')).status).toBe(303)
    expect(read((await office.admin().get('/auth/admin?user=bot-fou')).text)).toContain(
      'bot-found No local account 1 token',
    )
    await office.admin().post(`/auth/admin/users/bot-found/tokens/${token?.key}/revoke`)
    expect((await office.admin().get('/auth/admin?user=bot-found')).headers.location).toBe(
      '/auth/admin/users/bot-found',
    )
  })

  it.each(['nobody-at-all', '%25', '_', '%00', '<b>', "'"])('says that there is no %s', async (typed) => {
    const page = await office.admin().get(`/auth/admin?user=${typed === '%00' ? 'x%00x' : encodeURIComponent(typed)}`)
    expect(page.status).toBe(200)
    expect(page.text).toContain('Nobody who has an account')
  })
})

describe("a user's page", () => {
  it('shows the account and everything that acts for them', async () => {
    const { username, key, session } = await busyPerson()
    const text = read((await office.admin().get(`/auth/admin/users/${username}`)).text)
    for (const each of [`${username}@example.org`, 'users', 'topcat', key, 'Unknown browser', keyOf(session)]) {
      expect(text).toContain(each)
    }
    expect(text).toMatch(/Delegated tokens Notebook token .* from Unknown browser/)
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
