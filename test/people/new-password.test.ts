import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Secret } from '../../server/core/token/secret.js'
import { changePassword } from '../../server/login/change-password.js'
import { addAccount } from '../../server/people/add-account.js'
import { isCommonPassword } from '../../server/people/common-passwords.js'
import { findAccount } from '../../server/storage/postgres/accounts.js'
import { listSessions } from '../../server/storage/redis/sessions.js'
import { signedIn } from '../support/clients/visitor.js'
import { type RunningPostern, startPostern } from '../support/postern.js'

const OPERATOR = { username: '<operator>' }

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const stored = (username: string) => findAccount(postern.context.postgres.prisma, username)

describe('a common or breached password', () => {
  it.each(['password1', 'qwertyuiop', 'iloveyou', '1234567890'])('%s is in the list', (password) => {
    expect(isCommonPassword(password)).toBe(true)
  })

  it('makes no account', async () => {
    const wanted = { username: 'ada', password: new Secret('Password1'), groups: [{ name: 'users' }] }
    expect(await addAccount(postern.context, wanted, OPERATOR)).toMatchObject({ code: 'invalid_account' })
    expect(await stored('ada')).toBeUndefined()
  })

  it('replaces no password and ends no session', async () => {
    await signedIn(postern, 'bob')
    const before = await stored('bob')
    const refused = await changePassword(postern.context, 'bob', { password: new Secret('qwertyuiop') }, OPERATOR)
    expect(refused).toMatchObject({ code: 'invalid_account' })
    expect(await stored('bob')).toEqual(before)
    expect(await listSessions(postern.context, 'bob', postern.now())).toHaveLength(1)
  })
})

it('a password of 11 characters is enough for a user, and refused to a member of the administrators’ group', async () => {
  const password = new Secret('kx4-vhz9-qm')
  const user = { username: 'carol', password, groups: [{ name: 'users' }] }
  expect(await addAccount(postern.context, user, OPERATOR)).toMatchObject({ username: 'carol' })
  const administrator = { username: 'dora', password, groups: [{ name: 'admins' }] }
  expect(await addAccount(postern.context, administrator, OPERATOR)).toMatchObject({ code: 'invalid_account' })
  expect(await stored('dora')).toBeUndefined()
})
