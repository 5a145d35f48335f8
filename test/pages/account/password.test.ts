import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findAccount } from '../../../server/storage/postgres/accounts.js'
import { listSessions } from '../../../server/storage/redis/sessions.js'
import { signedIn, Visitor } from '../../support/clients/visitor.js'
import { PASSWORD, type RunningPostern, startPostern } from '../../support/postern.js'

let postern: RunningPostern

beforeAll(async () => {
  postern = await startPostern()
})
afterAll(() => postern.stop())

const sessionsOf = (username: string) => listSessions(postern.context, username, postern.now())
const stored = (username: string) => findAccount(postern.context.postgres.prisma, username)

describe('changing one’s own password', () => {
  it('ends the other sessions, keeps this one, and the new password signs in', async () => {
    const here = await signedIn(postern, 'ada')
    await new Visitor(postern).signIn('ada')
    await here.get('/auth/password')
    const response = await here.post('/auth/password', { old: PASSWORD, new: 'four quiet otters' })
    expect([response.status, response.headers.location]).toEqual([303, '/auth/account'])
    expect((await here.get('/info')).status).toBe(200)
    expect(await sessionsOf('ada')).toHaveLength(1)
    expect((await new Visitor(postern).signIn('ada')).status).toBe(403)
    expect((await new Visitor(postern).signIn('ada', 'four quiet otters')).status).toBe(303)
  })

  it.each([
    ['a wrong old one', { old: 'wrong', new: 'four quiet otters' }, 403],
    ['a common new one', { old: PASSWORD, new: 'password1' }, 422],
    ['no word of the form', { csrf: '', old: PASSWORD, new: 'four quiet otters' }, 403],
  ])('is refused with %s, and changes nothing', async (what, fields, status) => {
    const username = `user-${status}-${what.length}`
    const here = await signedIn(postern, username)
    await new Visitor(postern).signIn(username)
    const before = await stored(username)
    await here.get('/auth/password')
    expect((await here.post('/auth/password', fields)).status).toBe(status)
    expect(await stored(username)).toEqual(before)
    expect(await sessionsOf(username)).toHaveLength(2)
  })

  it('is throttled like the sign-in page: a stolen session is no place to guess', async () => {
    const here = await signedIn(postern, 'bob')
    const before = await stored('bob')
    await here.get('/auth/password')
    for (let count = 0; count < 5; count++)
      await here.post('/auth/password', { old: 'wrong', new: 'four quiet otters' })
    expect((await here.post('/auth/password', { old: PASSWORD, new: 'four quiet otters' })).status).toBe(429)
    expect(await stored('bob')).toEqual(before)
  })
})
