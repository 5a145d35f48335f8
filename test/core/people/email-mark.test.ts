import { describe, expect, it } from '@jest/globals'
import { emailMarkOf, mergeClaims, readEmailMark } from '../../../server/core/people/email-mark.js'

const [ADA, KING] = ['ada@example.org', 'king@example.org']

describe('email_verified', () => {
  it.each([true, 'true', 'True', ' TRUE ', 1, '1'])('of %j says that the address is verified', (claim) => {
    expect(readEmailMark(claim)).toBe(true)
  })

  it.each([false, 'false', 0, '0', 'no', 'pending', {}, ['true'], 2])('of %j says that it is not', (claim) => {
    expect(readEmailMark(claim)).toBe(false)
  })

  it.each([undefined, null, ''])('of %j says nothing', (claim) => {
    expect(readEmailMark(claim)).toBeUndefined()
  })

  it('marks the claim `email`, and another claim only with the same address', () => {
    const claims = { email: ADA, mail: KING, upn: 'ADA@example.org', email_verified: true }
    expect(emailMarkOf(claims, 'email')).toBe(true)
    expect(emailMarkOf(claims, 'upn')).toBe(true)
    expect(emailMarkOf(claims, 'mail')).toBeUndefined()
    expect(emailMarkOf({ mail: KING, email_verified: true }, 'mail')).toBe(true)
  })
})

// biome-ignore format: a table reads in columns
describe('claims of an ID token and of UserInfo', () => {
  it.each([
    ['its own mark',                    { email: ADA, email_verified: false }, { email: ADA, email_verified: true },  ADA, false],
    ['the mark of the same address',    { email: ADA },                        { email: 'Ada@example.org', email_verified: 'true' }, ADA, 'true'],
    ['no mark of another address',      { email: ADA },                        { email: KING, email_verified: true }, ADA, undefined],
    ['no mark of an unnamed address',   { email: ADA },                        { email_verified: true },              ADA, undefined],
    ['the mark beside it in UserInfo',  {},                                    { email: ADA, email_verified: true },  ADA, true],
    ['no mark that UserInfo lacks',     { email_verified: true },              { email: ADA },                        ADA, undefined],
  ])('together have the address with %s', (_what, idToken, userInfo, email, mark) => {
    expect(mergeClaims(idToken, userInfo, 'email')).toEqual({ email, ...(mark !== undefined && { email_verified: mark }) })
  })

  it('together have what the ID token says, and what only UserInfo says', () => {
    expect(mergeClaims({ sub: '1', name: 'Ada' }, { sub: '1', name: 'Eve', uid: 'ada' }, 'email')).toEqual({
      sub: '1', name: 'Ada', uid: 'ada',
    })
  })
})
